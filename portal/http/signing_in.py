"""Who is signed in: our own cookie and server-side session, as Flask-Login's current user.

Nothing about a person is in Flask's signed cookie. The session cookie ends with the browser, the session itself by
the limits in its row; the device cookie stays, and only says that this browser has signed in before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar, cast
from uuid import UUID

import structlog
from flask import Flask, Request, Response, abort, g, request
from flask import session as state_cookie
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy.exc import OperationalError

from portal.access.rules.conditions import Context
from portal.access.services.decisions import Access, access_of, epoch_column
from portal.accounts.schemas import SignIn
from portal.accounts.services import User
from portal.http.context import client_ip, current_portal, reading, request_id, unit_of_work
from portal.http.security import cookie_name, drop_cookie, set_cookie
from portal.infra.actor import Actor
from portal.infra.crypto.passwords import Verdict
from portal.infra.errors import Invalid
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.repository import LiveSession, Sessions
from portal.sessions.services import PASSWORD, OpenedSession, open_session
from portal.sessions.usecases.sign_in import (
    PasswordAccepted,
    SignInRefused,
    begin_password_check,
    finish_password_check,
)

log = structlog.get_logger(__name__)

SESSION: Final = "session"
DEVICE: Final = "device"
THEME: Final = "theme"
TOUCH_AFTER: Final = timedelta(minutes=1)
DEVICE_SECONDS: Final = 400 * 86_400
"""As long as browsers keep any cookie."""

login_manager = LoginManager()
login_manager.session_protection = (
    None  # it would keep addresses in the signed cookie; ours is bound by its secret
)

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Principal(UserMixin):  # type: ignore[misc]
    """Whoever is signed in, for one request."""

    user_id: UUID
    session_id: UUID
    username: str
    email: str
    name: str
    theme: str | None
    auth_time: datetime
    amr: tuple[str, ...]
    acr: str
    access: Access = field(repr=False)

    @property
    def is_administrator(self) -> bool:
        """Whether there is anything for them in the console."""
        return self.access.reaches_console

    def may(self, action: str, resource: str) -> bool:
        """The resolver's answer for this request: now, from this address, signed in as they are."""
        return self.access.permits(action, resource)

    @property
    def initials(self) -> str:
        words = self.name.split()
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"

    def get_id(self) -> str:
        return str(self.user_id)


def keep_signed_in(app: Flask) -> None:
    """Wire Flask-Login and what guards the cookies into the application."""
    # no such cookie is ever set; under the default name a stray one would keep the request loader from being asked
    app.config["REMEMBER_COOKIE_NAME"] = "portal_unused"
    # not by its `init_app`, which looks into the state cookie at the end of every request whether to set that one
    app.login_manager = login_manager  # type: ignore[attr-defined]
    app.before_request(_refuse_doubled_cookies)


def current_principal() -> Principal | None:
    """Who is signed in, or nobody. The first question of a request costs one statement, the next ones none; a change
    of who may do what costs the first request after it four more.
    """
    return cast(Principal, current_user._get_current_object()) if current_user.is_authenticated else None  # noqa: SLF001


def session_token() -> str | None:
    """The session that this browser names, whether or not it signs anybody in."""
    return None if "doubled_cookies" in g else request.cookies.get(cookie_name(SESSION)) or None


def current_theme() -> str | None:
    """`light` or `dark` where it was chosen; else the system decides."""
    principal = current_principal()
    chosen = (principal.theme if principal else None) or request.cookies.get(cookie_name(THEME))
    return chosen if chosen in {"light", "dark"} else None


def device_tokens() -> tuple[str, ...]:
    """The people whose known device this browser is, as secrets: one each."""
    return tuple(request.cookies.get(cookie_name(DEVICE), "").split("."))[:8]


def check_password(
    wish: SignIn, act: Callable[[UnitOfWork, User], T], *, actor: Actor | None = None
) -> T | SignInRefused:
    """The three moves of a password; then, in the transaction of the last one, what the door wants done. A door where
    no cookie counts names the actor itself.

    Raises:
        Unavailable: too many hashes at once.
    """
    with unit_of_work(actor) as uow:
        check = begin_password_check(uow, wish, device_tokens=() if actor else device_tokens())
    if isinstance(check, SignInRefused):
        return check
    verdict = compare_password(check.password_hash, wish.password)
    new_hash = current_portal().ports.passwords.hash(wish.password) if verdict.needs_rehash else None
    with unit_of_work(actor) as uow:
        outcome = finish_password_check(uow, check, verdict, new_hash=new_hash)
        return act(uow, outcome.user) if isinstance(outcome, PasswordAccepted) else outcome


def compare_password(stored: str | None, password: str) -> Verdict:
    """Outside of any transaction. Longer than any password that was ever stored is wrong like any other."""
    try:
        return current_portal().ports.passwords.verify(stored, password)
    except Invalid:
        return Verdict(matches=False, needs_rehash=False)


def open_browser_session(uow: UnitOfWork, user: User, *, amr: Sequence[str] = PASSWORD) -> OpenedSession:
    """Open a session for this browser; `set_session_cookies` gives it away once it is committed.

    The signed cookie starts anew: a CSRF token from before the sign-in is worth nothing after it.
    """
    state_cookie.clear()
    principal = current_principal()
    return open_session(
        uow,
        user,
        amr=amr,
        device_tokens=device_tokens(),
        current_session_id=principal.session_id if principal else None,
    )


def set_session_cookies(response: Response, opened: OpenedSession) -> Response:
    """Tell the browser who it is now."""
    set_cookie(response, SESSION, opened.token)
    set_cookie(response, DEVICE, ".".join(opened.device_tokens), max_age_seconds=DEVICE_SECONDS)
    return response


def forget_session(response: Response) -> Response:
    """Let the browser forget who it was, with what it kept of our pages; that it is a known device, it remembers."""
    state_cookie.clear()
    drop_cookie(response, SESSION)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@login_manager.request_loader  # type: ignore[untyped-decorator]
def _load(visit: Request) -> Principal | None:
    """Flask-Login asks once for each request."""
    token = visit.cookies.get(cookie_name(SESSION))
    if not token or "doubled_cookies" in g:
        return None
    now = current_portal().ports.clock.now()
    with reading() as database:
        live = Sessions(database).by_token(token, at=now, epoch=epoch_column())
        if live is None:
            return None
        access = access_of(
            current_portal().ports.cache,
            database,
            live.user_id,
            live,
            epoch=live.epoch,
            context=_context(live, now),
        )
    if now - live.last_seen_at >= TOUCH_AFTER:
        _touch(live)
    return Principal(
        user_id=live.user_id,
        session_id=live.session_id,
        username=live.username,
        email=live.email,
        name=live.name,
        theme=live.theme,
        auth_time=live.auth_time,
        amr=live.amr,
        acr=live.acr,
        access=access,
    )


def _context(live: LiveSession, now: datetime) -> Context:
    """What conditions may know of this request."""
    return Context(now=now, ip=client_ip(), amr=live.amr, acr=live.acr, auth_time=live.auth_time)


def _touch(live: LiveSession) -> None:
    """At most once a minute, so that looking at pages writes next to nothing. A busy database may let it slip."""
    portal = current_portal()
    actor = Actor(kind="user", id=live.user_id, label=live.username, ip=client_ip(), request_id=request_id())
    try:
        with portal.unit_of_work(actor) as uow:
            idle = timedelta(minutes=portal.settings.session_idle_minutes)
            Sessions(uow.session).touch(live.session_id, at=uow.now, idle=idle)
    except OperationalError as busy:
        log.warning("session_touch_failed", kind=type(busy).__name__)


def _refuse_doubled_cookies() -> None:
    """Two cookies of one name mean that somebody else put one there; which of them counts would be chance."""
    sent = [pair.partition("=")[0].strip() for pair in request.headers.get("Cookie", "").split(";")]
    if any(sent.count(cookie_name(name)) > 1 for name in (SESSION, DEVICE)):
        g.doubled_cookies = True
        abort(400)
