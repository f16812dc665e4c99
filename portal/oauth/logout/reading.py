"""What an app asks for when its person leaves, and what of it may be done.

Authlib validates the request and finds out where it may lead; only what concerns the person is added here.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.rpinitiated import EndSessionEndpoint
from authlib.oidc.rpinitiated.end_session import EndSessionRequest

from portal.clients.snapshots import ClientSnapshot
from portal.http.context import current_portal
from portal.http.leaving import Leaver
from portal.infra.crypto.jose import TokenRefused
from portal.oauth.adapters import RelyingClient
from portal.oauth.authorization.reading import MAX_STATE
from portal.oauth.parameters import Parameters
from portal.oauth.provider import provider
from portal.oauth.requests import ProtocolRequest
from portal.oauth.responses import with_parameters

CARRIED: Final = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
"""What the confirmation page carries along, to be validated again when it comes back. The rest of what an app may
send (`logout_hint`, `ui_locales`) decides nothing: whom it is about, a hint proves, and the browser names languages.
"""


class EndSession(EndSessionEndpoint):  # type: ignore[misc]
    """A hint is an ID token of ours, expired or not; addresses are compared exactly."""

    def _validate_id_token_hint(self, id_token_hint: str) -> dict[str, Any]:
        portal = current_portal()
        try:
            hint = portal.issuer.read_id_token(id_token_hint, at=portal.ports.clock.now())
        except TokenRefused:
            raise InvalidRequestError("The id_token_hint is not an ID token of this issuer.") from None
        return {"sub": hint.subject, "aud": hint.client_id}

    def _is_valid_post_logout_redirect_uri(self, client: RelyingClient, uri: str) -> bool:
        """Nor is anybody sent to an app that is switched off, whatever it had registered."""
        return client.snapshot.is_active and uri in client.snapshot.post_logout_redirect_uris

    def end_session(self, end_session_request: EndSessionRequest) -> None:
        """End it in `views`, where the browser's cookies are at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What an app asks for when its person leaves."""

    parameters: Parameters
    subject: str | None = None
    """Whom a valid hint names."""
    client: ClientSnapshot | None = None
    redirect_uri: str | None = None
    """Where the browser may be sent afterwards, `state` included."""
    problem: str | None = None
    """Why it may not, in words for the app's developer."""

    def speaks_for(self, person: Leaver) -> bool:
        """Whether a valid request names whose session it is, so that nobody needs to be asked."""
        if self.client is None or self.problem is not None:
            return False
        return self.subject == current_portal().issuer.subject_of(self.client, person.user_id)

    @property
    def carried(self) -> dict[str, str]:
        return {name: value for name in CARRIED if (value := self.parameters.get(name))}


def read(asked: ProtocolRequest) -> Leaving:
    """What may be done for this request. A wrong one still may mean that somebody wants to leave, so it is no error."""
    parameters = asked.parameters
    if parameters.problem:
        return Leaving(parameters=Parameters(), problem=parameters.problem)
    try:
        valid: EndSessionRequest = provider().server.validate_endpoint_request("end_session", asked)
    except OAuth2Error as error:
        return Leaving(parameters=parameters, problem=error.get_error_description())
    leaving = Leaving(
        parameters=parameters,
        subject=(valid.id_token_claims or {}).get("sub"),
        client=valid.client.snapshot if valid.client else None,
    )
    wanted, state = parameters.get("post_logout_redirect_uri"), parameters.get("state")
    if wanted is None:
        return leaving
    if valid.redirect_uri is None:
        return replace(leaving, problem=_why_not(leaving))
    return replace(
        leaving, redirect_uri=with_parameters(wanted, {"state": state[:MAX_STATE] if state else None})
    )


def _why_not(leaving: Leaving) -> str:
    if leaving.subject is None:
        return "Without an id_token_hint the post_logout_redirect_uri is not used."
    if leaving.client is not None and not leaving.client.is_active:
        return "This client is switched off."
    return "The post_logout_redirect_uri is not registered for this client."
