"""Who calls with a token: the person that it stands for, what it may be used for, and what they may do here and now.

A cookie never counts where this is asked, so no other site can make a browser act here (CSRF). The door of the
protocol knows how access tokens are read; the application introduces it to whoever asks (`READER`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias, cast
from uuid import UUID

from flask import current_app, request
from sqlalchemy import select

from portal.access.errors import PermissionMissing
from portal.access.rules.conditions import Context
from portal.access.services.decisions import Access, access_of, epoch_column
from portal.accounts.services import User
from portal.http.context import client_ip, current_portal, plain_user_agent, reading, request_id
from portal.http.refusals import refuse_person
from portal.infra.actor import Actor, TokenType, TokenUsed
from portal.infra.errors import DomainError, Forbidden, Kind

READER: Final = "portal_bearer_reader"
"""Where `app.extensions` has the reader of access tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A token that counts now, and what it says of whoever sent it."""

    token: TokenUsed
    user: User
    scopes: frozenset[str]
    client_id: str | None = None
    client_pk: UUID | None = None
    session_id: UUID | None = None
    amr: tuple[str, ...] = ()
    acr: str = "0"
    auth_time: datetime | None = None
    family_id: UUID | None = None

    @property
    def token_id(self) -> str:
        """Of an access token its `jti`."""
        return self.token.jti or str(self.token.id)

    @property
    def kind(self) -> TokenType:
        return self.token.kind


Reader: TypeAlias = Callable[[datetime], Standing]
"""Reads the token of the request at hand, or raises `BearerRefused`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Whoever calls, for one request."""

    standing: Standing
    access: Access = field(repr=False)
    actor: Actor

    @property
    def user_id(self) -> UUID:
        return self.standing.user.id

    @property
    def username(self) -> str:
        return self.standing.user.username

    @property
    def scopes(self) -> frozenset[str]:
        return self.standing.scopes

    @property
    def kind(self) -> TokenType:
        return self.standing.kind

    def may(self, action: str, resource: str) -> bool:
        """The resolver's answer for this request."""
        return self.access.permits(action, resource)

    def refused(self, action: str, resource: str) -> PermissionMissing:
        """The error to raise after a no; its explanation is kept, as after that of any page."""
        return refuse_person(self.user_id, self.access.context, action, resource, actor=self.actor)


class BearerRefused(DomainError):
    """No token, one that does not count, or one that its sender may not send (RFC 6750 section 3.1)."""

    kind = Kind.NOT_SIGNED_IN
    code = "invalid_token"

    def __init__(self, message: str, *, challenges: tuple[str, ...], code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.challenges = challenges
        """Values of `WWW-Authenticate`, one for each scheme that would do."""


class AccountDisabled(Forbidden):
    """The token is genuine, and whoever it stands for may not come in."""

    code = "account_disabled"

    def __init__(self) -> None:
        super().__init__(
            "The account that this token stands for is disabled. An administrator can enable it again."
        )


class ScopeMissing(Forbidden):
    """The person may do it, perhaps, but the token was not made for it."""

    code = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"The token does not have the scope {scope}. Ask for a token that has it: "
            "the app by its authorization request, a person on the page of personal access tokens."
        )
        words = f'error="insufficient_scope", scope="{scope}"'
        self.challenges = (f'Bearer realm="{current_portal().settings.base_url}", {words}',)


def current_bearer() -> Bearer:
    """Who calls.

    Raises:
        BearerRefused
    """
    portal = current_portal()
    at = portal.ports.clock.now()
    standing = cast(Reader, current_app.extensions[READER])(at)
    user = standing.user
    context = Context(
        now=at, ip=client_ip(), amr=standing.amr, acr=standing.acr, auth_time=standing.auth_time
    )
    with reading() as session:
        epoch = session.scalar(select(epoch_column())) or 0
        access = access_of(portal.ports.cache, session, user.id, user, epoch=epoch, context=context)
    return Bearer(standing=standing, access=access, actor=_actor(standing))


def is_sent() -> bool:
    """Whether the request has an `Authorization` header at all."""
    return "Authorization" in request.headers


def _actor(standing: Standing) -> Actor:
    return Actor(
        kind="user",
        id=standing.user.id,
        label=standing.user.username,
        session_id=standing.session_id,
        client_id=standing.client_pk,
        ip=client_ip(),
        user_agent=plain_user_agent(),
        request_id=request_id(),
        token=standing.token,
    )
