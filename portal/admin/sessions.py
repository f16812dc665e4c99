"""Browsers that are signed in now, over everybody: found by person, address, device and age, and ended."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, abort, flash, request, url_for

from portal.accounts.repository import Users
from portal.admin.console import Filters, choice, cursor, id_of, may, now, page, words
from portal.http.context import reading, unit_of_work
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.http.signing_in import current_principal
from portal.http.tidying import tidy_address
from portal.infra.user_agents import device_name
from portal.sessions.errors import SessionNotFound
from portal.sessions.repository import SessionFilter, Sessions
from portal.sessions.usecases.sign_out import end_session

sessions = Blueprint("admin_sessions", __name__)

MOST: Final = 200
PERIODS: Final[Mapping[str, int]] = {"1": 1, "24": 24, "168": 168}
PERIOD_NAMES: Final = (
    ("", "Signed in any time"), ("1", "In the last hour"), ("24", "In the last 24 hours"),
    ("168", "In the last 7 days"),
)  # fmt: skip
DEVICES: Final[Mapping[str, str]] = {
    "firefox": "Firefox", "chrome": "Chrome", "safari": "Version/", "edge": "Edg/", "windows": "Windows",
    "mac": "Mac OS X", "linux": "Linux", "android": "Android", "iphone": "iPhone",
}  # fmt: skip
DEVICE_NAMES: Final = (
    ("", "Any device"), ("firefox", "Firefox"), ("chrome", "Chrome"), ("safari", "Safari"), ("edge", "Edge"),
    ("windows", "Windows"), ("mac", "macOS"), ("linux", "Linux"), ("android", "Android"), ("iphone", "iPhone"),
)  # fmt: skip


@sessions.get("/admin/sessions")
@tidy_address
@requires("read", "session")
def listing() -> Response:
    """Open sessions, the last opened first."""
    person, ip, hours, device = (
        id_of("person"),
        words("ip"),
        choice("since", PERIODS),
        request.args.get("device", ""),
    )
    device = device if device in DEVICES else ""
    filters = Filters(
        "admin_sessions.listing", person=person, ip=ip, device=device, since=str(hours) if hours else None
    )
    wanted = SessionFilter(
        user_id=person,
        ip=ip,
        device=DEVICES.get(device, ""),
        since=now() - timedelta(hours=hours) if hours else None,
    )
    with reading() as session:
        found = Sessions(session).page(wanted, at=now(), **cursor())
        whose = Users(session).get(person) if person else None
    principal = current_principal()
    return page(
        "admin/sessions/listing.html",
        "results",
        found=found.items,
        filters=filters,
        chips=filters.chips(("person", f"Of {whose.display_name}" if whose else "Of somebody who is gone")),
        turns=filters.turns(found),
        ip=ip,
        periods=PERIOD_NAMES,
        devices=DEVICE_NAMES,
        device_name=device_name,
        own_id=principal.session_id if principal else None,
        may_end=may("delete", "session"),
    )


@sessions.post("/admin/sessions/end")
@requires("delete", "session")
def end_selected() -> Response:
    """Those that are selected, each with an entry of its own; what had ended meanwhile is ended."""
    chosen = _chosen()
    ended = 0
    with unit_of_work() as uow:
        for session_id in chosen:
            session = Sessions(uow.session).get(session_id)
            if session is None:
                continue
            try:
                end_session(uow, session_id, user_id=session.user_id, reason="ended_by_operator")
            except SessionNotFound:
                continue
            ended += 1
    flash(
        "Nothing was selected"
        if not chosen
        else "1 session ended"
        if ended == 1
        else f"{ended} sessions ended"
    )
    return see_other(url_for("admin_sessions.listing"))


def _chosen() -> list[UUID]:
    try:
        ids = list(dict.fromkeys(UUID(text) for text in request.form.getlist("session")))
    except ValueError:
        abort(400)
    if len(ids) > MOST:
        abort(400, f"Choose at most {MOST} sessions at once.")
    return ids
