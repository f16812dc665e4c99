"""Where a visitor is going: to the app that sent them, or to the page that asked them to sign in.

Every page on the way (sign-in, sign-up, verification, recovery) carries `flow` and `next` along, and ends there.
"""

from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response, after_this_request, g, request, url_for
from sqlalchemy.orm import Session

from portal.http.context import current_portal, reading
from portal.http.security import allow_form_action, cookie_name, safe_redirect, set_cookie
from portal.infra.crypto.digests import TokenKind, issue, parse
from portal.infra.ids import new_id
from portal.sessions.repository import Flows
from portal.sessions.services import Flow

BROWSER: Final = "browser"
APP: Final = "app"
"""Where a flow's state keeps what is shown of its app."""
BROWSER_SECONDS: Final = 7 * 86_400


def known_browser_digest() -> bytes | None:
    """Which browser this is, if it was told before."""
    parsed = parse(TokenKind.BROWSER, request.cookies.get(cookie_name(BROWSER), ""))
    return parsed.digest if parsed else None


def browser_digest() -> bytes:
    """Which browser this is, to bind what it begins: a random cookie, told or told again, that names no person."""
    if "browser_digest" not in g:
        known = known_browser_digest()
        issued = issue(TokenKind.BROWSER, new_id())
        token = request.cookies[cookie_name(BROWSER)] if known else issued.token
        g.browser_digest = known or issued.digest

        @after_this_request
        def tell(response: Response) -> Response:
            set_cookie(response, BROWSER, token, max_age_seconds=BROWSER_SECONDS)
            return response

    return bytes(g.browser_digest)


def pending_flow(database: Session, flow_id: UUID | str | None) -> Flow | None:
    """The flow of this browser that is under way; None for any other, of whatever reason."""
    digest = known_browser_digest()
    wanted = flow_id if isinstance(flow_id, UUID) else _uuid(flow_id)
    if digest is None or wanted is None:
        return None
    return Flows(database).live(wanted, browser_digest=digest, at=current_portal().ports.clock.now())


@dataclass(frozen=True, kw_only=True)
class AppShown:
    """What people are told of the app that sent them, before they give it anything."""

    client_pk: UUID
    has_logo: bool
    is_vouched: bool
    home_uri: str | None
    policy_uri: str | None
    tos_uri: str | None

    @classmethod
    def of(cls, document: object) -> "AppShown | None":
        """From a flow's state; None for a flow that no app began, or that another release wrote."""
        if not isinstance(document, dict):
            return None
        client_pk = _uuid(str(document.get("client_pk")))
        if client_pk is None:
            return None
        return cls(
            client_pk=client_pk,
            has_logo=document.get("has_logo") is True,
            is_vouched=document.get("is_vouched") is True,
            home_uri=document.get("home_uri"),
            policy_uri=document.get("policy_uri"),
            tos_uri=document.get("tos_uri"),
        )

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "client_pk": str(self.client_pk)}


@dataclass(frozen=True, kw_only=True)
class Journey:
    """Where this visitor is going, and how the next page learns of it."""

    flow_id: UUID | None = None
    app_name: str | None = None
    app: AppShown | None = None
    resume_path: str | None = None
    must_sign_in: bool = False
    login_hint: str = ""
    next_path: str | None = None

    @property
    def end(self) -> str:
        """Where it leads once the visitor is signed in."""
        return self.resume_path or safe_redirect(self.next_path)

    @property
    def fields(self) -> dict[str, str]:
        """What forms and links on the way carry along."""
        carried = {"flow": str(self.flow_id) if self.flow_id else None, "next": self.next_path}
        return {name: value for name, value in carried.items() if value}

    def to(self, endpoint: str) -> str:
        """The address of another page on the way."""
        return url_for(endpoint, **dict[str, Any](self.fields))


def current_journey() -> Journey:
    """Read from this request; a flow that is over, or of another browser, counts as none. One statement at most."""
    target = request.values.get("next")
    next_path = safe_redirect(target, default="") or None
    flow_id = _uuid(request.values.get("flow"))
    if flow_id is None:
        return Journey(next_path=next_path)
    with reading() as database:
        flow = pending_flow(database, flow_id)
    return Journey(next_path=next_path) if flow is None else _journey(flow, next_path)


def journey_of(flow_id: UUID | None) -> Journey:
    """The journey that a mailed link belongs to, where the browser is the one that began it."""
    if flow_id is None:
        return Journey()
    with reading() as database:
        flow = pending_flow(database, flow_id)
    return Journey() if flow is None else _journey(flow, None)


def _journey(flow: Flow, next_path: str | None) -> Journey:
    allow_form_action(flow.redirect_origin)
    return Journey(
        flow_id=flow.id,
        app_name=flow.app_name,
        app=AppShown.of(flow.state.get(APP)),
        resume_path=flow.resume_path,
        must_sign_in=flow.state.get("must_sign_in") is True,
        login_hint=str(flow.state.get("login_hint") or ""),
        next_path=next_path,
    )


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
