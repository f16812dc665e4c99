"""The portal at a glance: how many, how busy, how well; and what is left to do on the first day."""

from dataclasses import dataclass
from datetime import UTC
from typing import Final

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from portal.admin.audit import bars, finding, per_day, ticks
from portal.admin.console import count_of_people, may, now, page
from portal.admin.health import look
from portal.admin.telling import tell
from portal.audit.repository import COUNT_CEILING, AuditEntries, AuditFilter
from portal.clients.repository import Clients
from portal.http.context import current_portal, reading
from portal.http.guards import requires

dashboard = Blueprint("admin_dashboard", __name__)

SIGN_INS: Final = ("user.signed_in", "user.sign_in_failed")
RECENT: Final = 6


@dataclass(frozen=True)
class Step:
    """Something to do once. What is done needs no address any more."""

    title: str
    text: str
    address: str | None
    is_done: bool


@dashboard.get("/admin")
@requires("read", "settings")
def index() -> Response:
    """The first page of the console."""
    portal = current_portal()
    midnight = now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with reading() as session:
        entries = AuditEntries(session)
        days = per_day(entries, "sign-ins", SIGN_INS)
        today = [entries.count(AuditFilter(actions=(action,), since=midnight)) for action in SIGN_INS]
        recent = [tell(entry) for entry in entries.page(size=RECENT).items] if may("read", "audit") else []
        people, apps = count_of_people(session), Clients(session).count()
        steps = first_steps(session)
        checks = look(portal, session, reached_as=request.host_url.rstrip("/"))
    return page(
        "admin/dashboard/index.html",
        signed_in=_many(today[0]),
        failed=_many(today[1]),
        bars=bars(days),
        ticks=ticks(days),
        finding=finding(days),
        recent=recent,
        people=people,
        apps=apps,
        steps=steps,
        checks=checks,
    )


def first_steps(session: Session) -> list[Step]:
    """The way from an empty portal to the first sign-in; nothing once all of it is done."""
    clients = Clients(session)
    steps = [
        Step(
            "Connect a mail server",
            "Set PORTAL_SMTP_URL and start again. Until then mail is in the terminal and in the outbox.",
            url_for("admin_outbox.listing"),
            current_portal().settings.smtp_url is not None,
        ),
        Step(
            "Register your first app",
            "Four questions; you get settings to copy.",
            url_for("admin_clients.new"),
            clients.exist(),
        ),
        Step(
            "See the first sign-in",
            "Open the app and sign in through the portal.",
            url_for("admin_clients.listing"),
            clients.seen_a_sign_in(),
        ),
    ]
    return [] if all(step.is_done for step in steps) else steps


def _many(count: int) -> str:
    return f"{COUNT_CEILING:,}+" if count > COUNT_CEILING else f"{count:,}"
