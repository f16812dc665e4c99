"""Mail that the portal wrote: what became of it, and, for those who may, what it says."""

import re
from typing import Final
from uuid import UUID

from flask import Blueprint, Response

from portal.admin.console import Filters, choice, cursor, page
from portal.audit.usecases import read_mail
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.guards import requires
from portal.infra.letters import MAIL
from portal.infra.outbox import Outbox, OutboxState

outbox = Blueprint("admin_outbox", __name__)

STATES: Final[dict[str, OutboxState]] = {"waiting": "waiting", "delivered": "delivered", "failed": "failed"}
PURPOSES: Final = {
    "verify_email": "Code for a new account",
    "already_registered": "Somebody signed up with a known address",
    "invitation": "Link for the password of a new account",
    "recover_password": "Link for a new password",
    "password_changed": "Notice of a new password",
    "change_address": "Link to confirm a new address",
    "confirm_address": "Link to confirm the address of a new account",
    "address_in_use": "Somebody wanted a known address",
    "address_changed": "Notice of a new address",
    "personal_token_made": "Notice of a new personal access token",
    "new_device": "Notice of a new device",
    "access_asked": "Somebody asks for access",
    "access_answer": "Answer to a request for access",
    "access_review": "A review of access waits",
    "audit_checkpoint": "Checkpoint of the audit log",
    "history_broken": "Alarm: the audit log was changed",
}
"""What each template is for. Never the subject: it may hold a code."""


@outbox.get("/admin/outbox")
@requires("read", "outbox")
def listing() -> Response:
    """Every mail, newest first, and what became of it."""
    state = choice("state", STATES)
    filters = Filters("admin_outbox.listing", state=state)
    with reading() as session:
        found = Outbox(session).page(MAIL, state=state, **cursor())
    return page(
        "admin/outbox/listing.html",
        filters=filters,
        state=state,
        mails=found.items,
        purposes=PURPOSES,
        turns=filters.turns(found),
        is_sent=current_portal().settings.smtp_url is not None,
    )


@outbox.get("/admin/outbox/<uuid:message_id>")
@requires("admin", "outbox")
def detail(message_id: UUID) -> Response:
    """The mail itself. Whoever reads it could act for whom it was written, so reading needs more than
    `read`: an auditor, who reads everything and changes nothing, must not come by a link that sets a
    password.
    """
    with unit_of_work() as uow:
        queued, message = read_mail(uow, message_id)
    return page(
        "admin/outbox/detail.html",
        queued=queued,
        message=message,
        purpose=PURPOSES.get(queued.payload["template"], queued.payload["template"]),
        links=links_in(message.text, base_url=current_portal().settings.base_url),
    )


def links_in(text: str, *, base_url: str) -> list[str]:
    """The mail's addresses on this portal, without the full stop after them; no others are made clickable."""
    found = re.findall(rf"{re.escape(base_url)}/[A-Za-z0-9/._~?=&%-]*[A-Za-z0-9/_~=%-]", text)
    return list(dict.fromkeys(found))
