"""Background work: what the portal has promised to do, what became of it, and what to do with what was given up.

What a piece of work is about is not shown: it may be anybody's, and hold what opens an account.
"""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, flash, request, url_for
from wtforms import StringField

from portal.admin.console import Filters, choice, cursor, now, page
from portal.audit.errors import WorkNotFound, WorkNotGivenUp
from portal.audit.schemas import DiscardWork
from portal.audit.usecases import discard_work, retry_given_up, retry_work
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.http.tidying import tidy_address
from portal.infra.letters import MAIL
from portal.infra.outbox import Outbox, OutboxMessage, OutboxState
from portal.infra.outbox_standing import Standing, standings

work = Blueprint("admin_work", __name__)

STATES: Final[dict[str, OutboxState]] = {"waiting": "waiting", "delivered": "delivered", "failed": "failed"}
KINDS: Final = {
    MAIL: "Send a mail",
    "sign_up_mail": "Write to somebody who signs up",
    "recovery_mail": "Write a link for a new password",
    "invitation_mail": "Write an invitation",
    "email_change_mail": "Write about a new address",
    "access_request_mail": "Tell who decides on a request",
    "access_answer_mail": "Answer a request for access",
    "access_review_mail": "Ask for a review of access",
    "logout_call": "Tell an app that somebody left",
    "audit_checkpoint_file": "Append a checkpoint to the file",
    "audit_checkpoint_webhook": "Post a checkpoint",
    "bulk_job": "Change many people",
    "housekeeping": "Forget what has expired",
    "key_rotation": "Rotate signing keys",
}
"""What each kind does, in the words of a list."""


class DiscardForm(SchemaForm[DiscardWork]):
    """Why, for the audit log."""

    schema = DiscardWork

    reason = StringField("Reason")


@work.get("/admin/work")
@tidy_address
@requires("read", "outbox")
def listing() -> Response:
    """Every piece of work, newest first; what was given up first of all to those who come for it."""
    state, kind = choice("state", STATES), choice("kind", {name: name for name in KINDS})
    filters = Filters("admin_work.listing", state=state, kind=kind)
    with reading() as session:
        found = Outbox(session).page(kind, state=state, **cursor())
        stand = standings(session, at=now())
    shown = [one for name, one in stand.items() if kind in {None, name}]
    return page(
        "admin/work/listing.html",
        "results",
        found=found.items,
        filters=filters,
        state=state,
        kinds=KINDS,
        total=_sum(shown),
        turns=filters.turns(found),
        now=now(),
    )


@work.get("/admin/work/<uuid:message_id>")
@requires("read", "outbox")
def detail(message_id: UUID) -> Response:
    """One piece, with the last thing that went wrong."""
    with reading() as session:
        message = _there(Outbox(session).get(message_id))
    return _shown(message, DiscardForm())


@work.post("/admin/work/<uuid:message_id>/retry")
@requires("admin", "outbox")
def retry(message_id: UUID) -> Response:
    """Begin it anew."""
    with unit_of_work() as uow:
        retry_work(uow, message_id)
    flash("It is tried again now")
    return see_other(url_for("admin_work.detail", message_id=message_id))


@work.post("/admin/work/retry")
@requires("admin", "outbox")
def retry_all() -> Response:
    """Begin anew everything of the list's kind that was given up, as much of it as one transaction bears."""
    kind = request.form.get("kind") or None
    with unit_of_work() as uow:
        count = retry_given_up(uow, kind=kind)
    flash("Nothing was given up" if not count else f"{count:,} tried again now")
    return see_other(url_for("admin_work.listing", state="failed", kind=kind if kind in KINDS else None))


@work.route("/admin/work/<uuid:message_id>/discard", methods=["GET", "POST"])
@requires("admin", "outbox")
def discard(message_id: UUID) -> Response:
    """Let go of it, for a reason."""
    form = DiscardForm()
    wish = form.parse()
    if wish is None:
        with reading() as session:
            message = _there(Outbox(session).get(message_id))
        if message.state != "failed":
            raise WorkNotGivenUp
        return _shown(message, form)
    with unit_of_work() as uow:
        discarded = discard_work(uow, message_id, reason=wish.reason)
    flash("Discarded")
    return see_other(url_for("admin_work.listing", state="failed", kind=discarded.kind))


def _shown(message: OutboxMessage, form: DiscardForm) -> Response:
    is_in_hand = message.claimed_until is not None and message.claimed_until > now()
    return page(
        "admin/work/detail.html",
        status=form.status,
        message=message,
        form=form,
        name=KINDS.get(message.kind, message.kind),
        is_mail=message.kind == MAIL,
        is_in_hand=is_in_hand and message.state == "waiting",
    )


def _there(message: OutboxMessage | None) -> OutboxMessage:
    if message is None:
        raise WorkNotFound
    return message


def _sum(several: list[Standing]) -> Standing:
    return Standing(
        waiting=sum(one.waiting for one in several),
        oldest=min((one.oldest for one in several if one.oldest), default=None),
        given_up=sum(one.given_up for one in several),
    )
