"""A protocol request as Authlib reads it, with what our grant types need beside it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from flask import Request

from portal.clients.snapshots import ClientSnapshot, SecretDigest
from portal.grants.repository.used_ids import Once, UsedIds
from portal.http.context import current_portal
from portal.infra.unit_of_work import UnitOfWork
from portal.oauth.adapters import RelyingClient
from portal.oauth.parameters import Parameters, form_of, query_of


class Payload(OAuth2Payload):  # type: ignore[misc]
    """The parameters, from one place only."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters

    @property
    def data(self) -> Mapping[str, str]:
        return self.parameters.values

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return defaultdict(list, {name: [value] for name, value in self.parameters.values.items()})


class ProtocolRequest(OAuth2Request):  # type: ignore[misc]
    """One request. Its address is the configured one: Host says nothing about who we are.

    The door sets `unit` once there is a transaction, client authentication sets `client`. What the caller proved itself
    by and may come once only (`must_be_new`) is used up in the first unit that the request is given.
    """

    client: RelyingClient | None
    user: Any
    authorization_code: Any
    refresh_token: Any
    secret: SecretDigest | None = None
    """What the client proved itself by."""
    confirmation: Mapping[str, str] | None = None
    """The key that it proved beside (`jkt`, `x5t#S256`): tokens of this answer are bound to it (RFC 9449, RFC 8705)."""
    is_proved_by_grant: bool = False
    """Whether its grant is an assertion, and that is what the client proved itself by (RFC 7523 section 2.1)."""
    basis: object = None
    """What its grant rests on, where that is read before the transaction begins (`grant_types.PREPARED`)."""

    def __init__(self, request: Request, parameters: Parameters) -> None:
        # not Authlib's own: it looks at our own address each time, and counts the headers to see whether there are any
        self.method, self.headers = request.method, request.headers
        self.uri = f"{current_portal().settings.base_url}{request.path}"
        self.payload = Payload(parameters)
        self.client = self.user = self.auth_method = self.credential = None
        self.authorization_code = self.refresh_token = None
        self._body = self._scope = None
        self._unit: UnitOfWork | None = None
        self._unused: list[tuple[Once, OAuth2Error]] = []

    @classmethod
    def of_query(cls, request: Request) -> "ProtocolRequest":
        return cls(request, query_of(request))

    @classmethod
    def of_form(cls, request: Request) -> "ProtocolRequest":
        return cls(request, form_of(request))

    @property
    def parameters(self) -> Parameters:
        parameters: Parameters = self.payload.parameters
        return parameters

    @property
    def form(self) -> Mapping[str, str]:
        return self.parameters.values

    @property
    def args(self) -> Mapping[str, str]:
        return self.parameters.values

    @property
    def unit(self) -> UnitOfWork | None:
        return self._unit

    @unit.setter
    def unit(self, uow: UnitOfWork) -> None:
        """From now on the request acts in this unit, unless what it rests on has come before.

        Raises:
            OAuth2Error: it has; the unit is to be rolled back, as it is by leaving it with this.
        """
        self._unit = uow
        self.use_up(uow)

    @property
    def has_unused(self) -> bool:
        """Whether anything that may come once only was proved and not used up yet."""
        return bool(self._unused)

    def must_be_new(self, thing: Once, *, else_raise: OAuth2Error) -> None:
        """Something that this request rests on, and that no other may rest on."""
        self._unused.append((thing, else_raise))

    def use_up(self, uow: UnitOfWork) -> None:
        """Use up whatever may come once only; one statement."""
        unused, self._unused = self._unused, []
        if unused:
            late = UsedIds(uow.session).seen_before([thing for thing, _ in unused])
            for thing, refusal in unused:
                if thing in late:
                    raise refusal

    @property
    def uow(self) -> UnitOfWork:
        if self.unit is None:
            raise RuntimeError("this request was not given a unit of work")
        return self.unit

    @property
    def snapshot(self) -> ClientSnapshot:
        """The authenticated client."""
        if self.client is None:
            raise RuntimeError("this request's client was not authenticated")
        return self.client.snapshot
