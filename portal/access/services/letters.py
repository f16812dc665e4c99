"""What follows from requests and reviews. The worker writes the mails, after a last look: what is over needs none."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.access.models import AccessRequest, AccessReview
from portal.access.repository.requests import AccessRequests
from portal.access.repository.reviews import AccessReviews
from portal.access.rules.requests import WAITING_COUNTS
from portal.access.services.requests import deciders
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.events import Event, Ref
from portal.infra.ports import Ports
from portal.infra.unit_of_work import UnitOfWork

KINDS = {"role": "the role", "group": "the group", "client": "the app"}


def forget_waiting_counts(ports: Ports, _event: Event) -> None:
    """Whoever asked or answered sees the right number on the next page."""
    ports.cache.delete_prefix(WAITING_COUNTS)


def mail_request(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """To whoever may answer, a bounded number of them; nothing once it is answered."""
    request = AccessRequests(uow.session).get(UUID(payload["request_id"]))
    user = Users(uow.session).get(request.user_id) if request is not None else None
    if request is None or user is None or not request.is_open:
        return
    openers = [Ref(kind, UUID(given), label) for kind, given, label in payload["openers"]]
    context = _about(request) | {
        "who": user.display_name,
        "address": user.email,
        "reason": request.reason,
        "until": request.wished_until,
        "link": f"{uow.ports.settings.base_url}/admin/requests/{request.id}",
    }
    for decider in deciders(uow.session, request, at=uow.now, openers=openers):
        _send(uow, "access_asked", decider, context)


def mail_answer(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """To the person who asked."""
    request = AccessRequests(uow.session).get(UUID(payload["request_id"]))
    user = Users(uow.session).get(request.user_id) if request is not None else None
    if request is None or user is None or request.state not in {"approved", "refused"}:
        return
    context = _about(request) | {
        "is_approved": request.state == "approved",
        "until": request.granted_until,
        "note": request.decision_note,
        "link": f"{uow.ports.settings.base_url}/account/requests",
    }
    _send(uow, "access_answer", user, context)


def mail_review(uow: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """To the reviewer: that a review waits for them, or, with `is_due`, that its day has come."""
    reviews = AccessReviews(uow.session)
    review = reviews.get(UUID(payload["review_id"]))
    user = Users(uow.session).get(review.reviewer_id) if review and review.reviewer_id else None
    if review is None or user is None or review.is_finished:
        return
    progress = reviews.progress_of([review.id]).get(review.id)
    if progress is None:
        return
    context = _about(review) | {
        "is_due": bool(payload.get("is_due")),
        "due": review.due_at,
        "open_count": progress.left,
        "count": progress.total,
        "link": f"{uow.ports.settings.base_url}/admin/reviews/{review.id}",
    }
    _send(uow, "access_review", user, context)


def _about(row: AccessRequest | AccessReview) -> dict[str, object]:
    return {"kind": KINDS[row.target_type], "thing": row.target_label}


def _send(uow: UnitOfWork, template: str, to: User, context: Mapping[str, object]) -> None:
    """Names and reasons that others chose go to proved addresses only."""
    if to.is_active and to.email_verified:
        uow.ports.letters.send(uow, template, to=to.email, context=context)
