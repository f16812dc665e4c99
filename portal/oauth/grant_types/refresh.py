"""Refresh token (RFC 6749 section 6): rotated at every use, or kept, as its app is set."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from portal.grants.repository.tokens import RefreshTokens
from portal.grants.services import Issued
from portal.grants.usecases.refreshing import refresh
from portal.oauth.adapters import PresentedRefreshToken, RelyingClient
from portal.oauth.client_authentication import METHODS
from portal.oauth.grant_types.tokens import confirm_client, or_refused, tokens_of_a_person
from portal.oauth.requests import ProtocolRequest
from portal.oauth.targets import details_of, targets_of


class Refresh(RefreshTokenGrant):  # type: ignore[misc]
    """The next link of a chain. Authlib asks for client and scope first, so that a mistake there uses nothing up."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True
    request: ProtocolRequest
    resources: tuple[str, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()

    def authenticate_refresh_token(self, refresh_token: str) -> PresentedRefreshToken | None:
        uow = self.request.uow
        stored = RefreshTokens(uow.connection).find(refresh_token, at=uow.now)
        if stored is None:
            return None
        if stored.family.client_pk == self.request.snapshot.id:
            confirm_client(self, stored.life.client_version)
        return PresentedRefreshToken(stored)

    def validate_token_request(self) -> None:
        """Authlib's checks, and whom the next access token is for: some of those that were agreed on (RFC 8707 2.2)."""
        super().validate_token_request()
        presented: PresentedRefreshToken = self.request.refresh_token
        family = presented.stored.family
        self.resources = targets_of(self.request, family.resources, usual=True)
        self.details = details_of(self.request, family.authorization_details)

    def authenticate_user(self, refresh_token: PresentedRefreshToken) -> Issued:
        scope = self.request.form.get("scope") or refresh_token.get_scope()
        issued = or_refused(
            refresh(
                self.request.uow,
                refresh_token.stored,
                client=self.request.snapshot,
                scope=scope,
                resources=self.resources,
                confirmation=self.request.confirmation,
            )
        )
        return replace(issued, authorization_details=self.details)

    def generate_token(self, user: Issued, scope: str, **_further: object) -> dict[str, Any]:
        allowed = RelyingClient(self.request.snapshot).get_allowed_scope(scope) or ""
        return tokens_of_a_person(self.request, user, allowed)

    def save_token(self, token: dict[str, Any]) -> None:
        """`refresh` has stored what is stored."""

    def revoke_old_credential(self, refresh_token: PresentedRefreshToken) -> None:
        """It was used up before anything was issued."""
