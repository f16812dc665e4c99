"""What is added to Authlib's code grant: PKCE without its soft spots, and the ID token of OpenID Connect."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDToken

from portal.accounts.repository import Users
from portal.grants.rules.claims import claims_about
from portal.grants.rules.response_types import has_code
from portal.infra.crypto.jose import verifier_matches
from portal.oauth.encryption import encrypted
from portal.oauth.grant_types.code import Code, VerifierRefusedError
from portal.oauth.grant_types.tokens import issuer
from portal.oauth.requests import ProtocolRequest

S256_LENGTH = 43


class Pkce(CodeChallenge):  # type: ignore[misc]
    """S256 and nothing else (RFC 9700 section 2.1.1).

    Authlib takes `plain`, takes a missing method for `plain`, and asks public clients only.
    """

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Code, redirect_uri: str) -> None:
        request = grant.request
        challenge = request.parameters.get("code_challenge")
        if not has_code(request.payload.response_type):
            return
        if challenge is None and request.parameters.get("code_challenge_method") is None:
            if request.snapshot.needs_pkce:
                raise InvalidRequestError("PKCE is required: send a code_challenge of method S256.")
            return
        if request.parameters.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The code_challenge_method must be S256.")
        if challenge is None or len(challenge) != S256_LENGTH:
            raise InvalidRequestError(
                "The code_challenge must be the 43 characters of a base64url-encoded SHA-256."
            )
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Code, result: object) -> None:  # noqa: ARG002 - Authlib's hook
        """A challenge needs its verifier; a verifier without a challenge means that somebody took it out (4.8)."""
        request = grant.request
        verifier, challenge = request.form.get("code_verifier"), request.authorization_code.code_challenge
        if challenge is None and verifier is None and not request.snapshot.needs_pkce:
            return
        if challenge is None or verifier is None or not verifier_matches(verifier, challenge):
            raise VerifierRefusedError


class IdToken(OpenIDToken):  # type: ignore[misc]
    """An ID token beside every access token whose scope has `openid` (OpenID Connect Core 3.1.3.3 and 12.2)."""

    def encode_id_token(self, token: dict[str, Any], request: ProtocolRequest) -> str:
        issued = request.user
        told = issued.access_claims(request.snapshot, token["scope"])
        signed = issuer().id_token(
            issued,
            client=request.snapshot,
            access_token=token["access_token"],
            further=told | (_claims_asked_for(request) if issued.id_token_claims else {}),
            at=request.uow.now,
        )
        return encrypted(request.snapshot, signed, "id_token")


class OpenIdScope:
    """A wish of which nothing remains is an error: there would be nothing to tell the client (RFC 6749 section 3.3)."""

    def __call__(self, grant: Code) -> None:
        grant.register_hook("after_validate_authorization_request_payload", self.check)

    def check(self, grant: Code, redirect_uri: str) -> None:  # noqa: ARG002 - Authlib's hook
        if not grant.request.scope:
            raise InvalidScopeError("None of the requested scopes is open to this client.")


def _claims_asked_for(request: ProtocolRequest) -> dict[str, Any]:
    """What the `claims` parameter wants inside the ID token; everything else is at the UserInfo endpoint (5.4)."""
    issued, uow = request.user, request.uow
    user = Users(uow.session).get(issued.user_id)
    if user is None:
        return {}
    names = issued.id_token_claims
    return claims_about(user, names, held=issued.held.for_token(names))
