"""Authorization code (RFC 6749 section 4.1)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant

from portal.grants.repository.codes import Codes
from portal.grants.rules.response_types import RESPONSE_TYPES
from portal.grants.services import Issued
from portal.grants.usecases.tokens import note_misuse, redeem_code
from portal.oauth.adapters import PresentedCode, RelyingClient
from portal.oauth.client_authentication import METHODS
from portal.oauth.grant_types.tokens import REFUSED, confirm_client, or_refused, tokens_of_a_person
from portal.oauth.requests import ProtocolRequest
from portal.oauth.targets import details_of, targets_of


class VerifierRefusedError(InvalidGrantError):  # type: ignore[misc]
    """The PKCE verifier is missing, wrong, or there should be none."""

    wrong = "code_verifier"


class KeyRefusedError(InvalidGrantError):  # type: ignore[misc]
    """The code belongs to the holder of a key, and another one was proved, or none (RFC 9449 section 10)."""

    wrong = "dpop_jkt"


class Code(AuthorizationCodeGrant):  # type: ignore[misc]
    """A code for tokens.

    Authlib's order: client, code, redirect URI, PKCE (a hook), then `authenticate_user`. The code is used up there
    and not in `delete_authorization_code`, which comes after the tokens have been saved.
    """

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    RESPONSE_TYPES: ClassVar = frozenset(RESPONSE_TYPES)
    """Its half of the authorization endpoint judges all of them alike; which are offered was decided before."""
    request: ProtocolRequest
    presented: PresentedCode | None = None
    resources: tuple[str, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()

    def query_authorization_code(self, code: str, client: RelyingClient) -> PresentedCode | None:
        """The code, used or not, if it is this client's. Another client's attempt is remembered and harms nobody."""
        uow = self.request.uow
        stored = Codes(uow.connection).find(code, at=uow.now)
        if stored is None:
            return None
        if stored.row.client_pk != client.snapshot.id:
            note_misuse(uow, stored, client=client.snapshot, reason="client")
            return None
        confirm_client(self, stored.life.client_version)
        self.presented = PresentedCode(stored)
        return self.presented

    def validate_token_request(self) -> None:
        """Authlib's checks; what was wrong beside a genuine code is remembered and told, and nothing is revoked."""
        try:
            super().validate_token_request()
            self._check_key()
        except InvalidGrantError as refusal:
            if self.presented is None:
                raise InvalidGrantError(REFUSED) from refusal
            wrong = getattr(refusal, "wrong", "redirect_uri")
            note_misuse(self.request.uow, self.presented.stored, client=self.request.snapshot, reason=wrong)
            raise InvalidGrantError(f"The {wrong} is not that of the authorization request.") from refusal
        row = self.presented.stored.row if self.presented is not None else None
        self.resources = targets_of(self.request, row.resources if row else None, usual=True)
        self.details = details_of(self.request, row.authorization_details if row else None)

    def _check_key(self) -> None:
        bound_to = self.presented.stored.row.dpop_jkt if self.presented is not None else None
        if bound_to is not None and (self.request.confirmation or {}).get("jkt") != bound_to:
            raise KeyRefusedError

    def authenticate_user(self, authorization_code: PresentedCode) -> Issued:
        issued = or_refused(
            redeem_code(
                self.request.uow,
                authorization_code.stored,
                client=self.request.snapshot,
                resources=self.resources,
                confirmation=self.request.confirmation,
            )
        )
        return replace(issued, authorization_details=self.details)

    def generate_token(self, user: Issued, scope: str, **_further: object) -> dict[str, Any]:
        allowed = RelyingClient(self.request.snapshot).get_allowed_scope(scope) or ""
        return tokens_of_a_person(self.request, user, allowed)

    def save_token(self, token: dict[str, Any]) -> None:
        """`redeem_code` has stored what is stored."""

    def delete_authorization_code(self, authorization_code: PresentedCode) -> None:
        """It stays, marked as used, so that a replay is recognised."""
