"""How an answer travels back to the app: in a query, in a fragment or in a posted form, plain or as one signed token.

OAuth 2.0 Multiple Response Type Encoding Practices, OAuth 2.0 Form Post Response Mode, and JARM for the modes that end
in `jwt`. Errors travel the way that the answer would have gone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlencode

from flask import Response

from portal.clients.rules.uris import origin_of
from portal.clients.snapshots import ClientSnapshot
from portal.grants.schemas import ResponseMode
from portal.http.context import current_portal
from portal.http.pages import respond
from portal.http.security import allow_form_action
from portal.infra.crypto.jose import ALGORITHMS, Algorithm
from portal.oauth.authorization import refused
from portal.oauth.authorization.journeys import form_action_of
from portal.oauth.responses import NO_STORE, redirect_to, with_parameters

JWT_LIFETIME: Final = timedelta(minutes=5)
"""JARM 2.1 advises at most ten minutes; a clock that is a little off must do no harm."""
JWT_TYPE: Final = "JWT"
DEFAULT_ALGORITHM: Final[Algorithm] = "RS256"
FAPI_ALGORITHM: Final[Algorithm] = "PS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """Where an answer goes, and how. The address is known to be the client's own."""

    client: ClientSnapshot
    redirect_uri: str
    mode: ResponseMode
    state: str | None

    def check(self) -> None:
        """Whether the mode can carry what it has to; a lossy way back is none.

        A browser writes line breaks in forms anew (HTML, "constructing the entry list"), and a private scheme takes no
        form at all.

        Raises:
            RequestRefusedError: it can't.
        """
        if not self.mode.startswith("form_post"):
            return
        if origin_of(self.redirect_uri) is None:
            raise refused.malformed("The response_mode form_post needs a redirect_uri of http or https.")
        if self.mode == "form_post" and self.state is not None and {"\r", "\n"} & set(self.state):
            raise refused.malformed(
                "The state has a line break, which the response_mode form_post can't carry."
            )


def send_back(way: WayBack, answer: Mapping[str, str | None]) -> Response:
    """The answer on its way, with the state as it was sent and the issuer who says it (RFC 9207)."""
    said = {**answer, "state": way.state, "iss": current_portal().issuer.issuer}
    told = {name: value for name, value in said.items() if value is not None}
    carrier, _, is_signed = way.mode.partition(".")
    return _CARRIERS[carrier](way, {"response": _signed(way.client, told)} if is_signed else told)


def response_algorithm(client: ClientSnapshot) -> Algorithm:
    """What answers to this client are signed with: as it registered, or RS256 (JARM 3), which FAPI 2.0 forbids."""
    registered = client.switches.authorization_signed_response_alg
    default = FAPI_ALGORITHM if client.kind == "fapi2" else DEFAULT_ALGORITHM
    return next((known for known in ALGORITHMS if known == registered), default)


def _signed(client: ClientSnapshot, told: Mapping[str, str]) -> str:
    """The whole answer as one token, so that nobody on the way can mix it with another (JARM 2.1)."""
    portal = current_portal()
    ends_at = portal.ports.clock.now() + JWT_LIFETIME
    claims = {**told, "aud": client.client_id, "exp": int(ends_at.timestamp())}
    return portal.issuer.keys.sign(claims, algorithm=response_algorithm(client), typ=JWT_TYPE)


def _by_query(way: WayBack, told: Mapping[str, str]) -> Response:
    return redirect_to(with_parameters(way.redirect_uri, told))


def _by_fragment(way: WayBack, told: Mapping[str, str]) -> Response:
    """Browsers keep it to themselves: no server, and no log on the way, sees what comes after the `#`."""
    return redirect_to(f"{way.redirect_uri}#{urlencode(told, quote_via=quote, safe='')}")


def _by_form(way: WayBack, told: Mapping[str, str]) -> Response:
    """A page whose form posts itself. Under the referrer policy of the other pages its `Origin` would be `null`, which
    apps that look at it refuse; this one names the portal, and nothing of the address.
    """
    allow_form_action(form_action_of(way.redirect_uri))
    page = respond("oauth/form_post.html", client=way.client, action=way.redirect_uri, told=told)
    page.headers.update(NO_STORE)
    page.headers["Referrer-Policy"] = "strict-origin"
    return page


_CARRIERS: Final[Mapping[str, Callable[[WayBack, Mapping[str, str]], Response]]] = {
    "query": _by_query,
    "fragment": _by_fragment,
    "form_post": _by_form,
}
