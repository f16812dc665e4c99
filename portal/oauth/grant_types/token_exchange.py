"""Token exchange (RFC 8693): a narrower and shorter token for one that was given, which says who acts."""

from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin
from authlib.oauth2.rfc6749.hooks import hooked

from portal.grants.rules.exchange import ACTION, GRANT_TYPE, MOST_EXCHANGES, RESOURCE
from portal.grants.services import Issued
from portal.grants.services.chains import Refused
from portal.grants.usecases import exchanging
from portal.grants.usecases.exchanging import Wish, exchange
from portal.oauth.adapters import RelyingClient
from portal.oauth.client_authentication import CONFIDENTIAL
from portal.oauth.exchanges import REFUSED, issued_type
from portal.oauth.grant_types.tokens import issuer, must_be_current, tokens_of_a_person
from portal.oauth.requests import ProtocolRequest
from portal.oauth.targets import InvalidTargetError

TOLD: Final = {
    exchanging.NOT_A_PERSON: "The subject_token speaks for an app itself; that app asks for tokens of its own.",
    exchanging.OTHER_APP: REFUSED.format(name="subject_token"),
    exchanging.ACTOR_OF_OTHER_APP: REFUSED.format(name="actor_token"),
    exchanging.ACTOR_IS_ACTED_FOR: "The actor_token says itself that somebody else acts; whoever acts shows a token of "
    "their own.",
    exchanging.MAY_NOT_ACT: "The may_act of the subject_token names somebody else.",
    exchanging.TOO_MANY: f"More than {MOST_EXCHANGES} exchanges would lie between this token and the sign-in that it "
    "comes of.",
    exchanging.NOT_PERMITTED: f"Whoever the actor_token is about may not act for others here: they lack {ACTION} on "
    f"{RESOURCE}.",
    exchanging.ACCESS_LOST: "Whoever the subject_token is about may not use this app.",
    exchanging.ENDED: "The subject_token or the actor_token ends this second.",
}
"""What is wrong with a token, or with what it is handed in for, is `invalid_request` (section 2.2.2)."""


class TokenExchange(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """An access token for an access token or ID token of the portal. Never a refresh token, nor an ID token."""

    GRANT_TYPE = GRANT_TYPE
    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL
    request: ProtocolRequest

    def validate_token_request(self) -> None:
        client: RelyingClient = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("This client is not registered for token exchange.")
        must_be_current(self)
        if self.request.snapshot.switches.token_exchange == "none":  # noqa: S105
            raise UnauthorizedClientError("This client is set to exchange no tokens.")

    @hooked  # type: ignore[untyped-decorator]
    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        wish = self.request.basis
        if not isinstance(wish, Wish):
            raise InvalidRequestError("This client may exchange tokens only just now: ask again.")
        outcome = exchange(self.request.uow, issuer(), wish, client=self.request.snapshot)
        if isinstance(outcome, Refused):
            raise _refusal(outcome.reason)
        return 200, self._answer(outcome), self.TOKEN_RESPONSE_HEADER

    def _answer(self, issued: Issued) -> dict[str, Any]:
        answer = tokens_of_a_person(self.request, issued, issued.scope)
        return answer | {"issued_token_type": issued_type(self.request)}


def _refusal(reason: str) -> OAuth2Error:
    if reason == exchanging.SCOPE:
        return InvalidScopeError(
            "The scope is beyond that of the subject_token, or none of it is open to this client."
        )
    if reason == exchanging.TARGET:
        return InvalidTargetError(
            description="Name an audience or resource that this client is registered to ask tokens for."
        )
    return InvalidRequestError(TOLD.get(reason, REFUSED.format(name="subject_token")))
