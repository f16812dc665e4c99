"""What follows a guard's no: the explanation is kept, and the page says where to find it."""

from typing import Final
from uuid import UUID

import structlog
from flask import current_app, url_for
from sqlalchemy.exc import OperationalError

from portal.access.errors import PermissionMissing
from portal.access.rules.conditions import Context
from portal.access.rules.decisions import Decision, Reason
from portal.access.services.decisions import decide
from portal.access.usecases.refusals import remember_refusal
from portal.http.context import current_actor, current_portal, reading, request_id, unit_of_work
from portal.http.signing_in import Principal
from portal.infra.actor import Actor

log = structlog.get_logger(__name__)

QUIET_SECONDS: Final = 60
"""Whoever tries the same again within it gets the reference of the first time: a loop fills no log."""

_WORDS: Final = {
    Reason.CONDITION: "Your permission for {permission} does not hold under these circumstances.",
    Reason.ENDED: "Your permission for {permission} has ended. An administrator can give it to you again.",
}
_NO_ROLE: Final = (
    "Your account has no permission for {permission}. An administrator can give you a role that has it."
)


def refuse(principal: Principal, action: str, resource: str) -> PermissionMissing:
    """The error to raise; the explanation is committed with its reference before the page says it."""
    return refuse_person(principal.user_id, principal.access.context, action, resource, actor=current_actor())


def refuse_person(
    user_id: UUID, context: Context, action: str, resource: str, *, actor: Actor
) -> PermissionMissing:
    """The same for whoever came with a token."""
    key = f"refusal:{user_id}:{resource}:{action}"
    cache = current_portal().ports.cache
    kept = cache.get(key)
    if isinstance(kept, list) and len(kept) == 2 and all(isinstance(part, str) for part in kept):
        return PermissionMissing(str(kept[0]), reference=str(kept[1]))
    with reading() as session:
        decision = decide(session, user_id, action, resource, context=context)
    message = _message(decision, f"{resource}:{action}")
    if decision is not None and _remembered(decision, actor):
        cache.set(key, [message, request_id()], ttl_seconds=QUIET_SECONDS)
    return PermissionMissing(message, reference=request_id())


def ways_on(error: PermissionMissing) -> tuple[tuple[str, str], ...]:
    """Where a refused person may go from here: to whoever can give it, and to the reasons."""
    ask = ask_for_access(error.reference)
    why = ("Why?", url_for("access.explain", reference=error.reference))
    return (("Ask for access", ask), why) if ask else (why,)


def ask_for_access(reference: str = "") -> str | None:
    """The page on which a person asks for something, in a portal that has one."""
    if "access_requests.new" not in current_app.view_functions:
        return None
    return url_for("access_requests.new", reference=reference or None)


def _message(decision: Decision | None, permission: str) -> str:
    words = _WORDS.get(decision.reason, _NO_ROLE) if decision else _NO_ROLE
    return words.format(permission=permission)


def _remembered(decision: Decision, actor: Actor) -> bool:
    """A busy database may let it slip; the answer is no all the same."""
    try:
        with unit_of_work(actor) as uow:
            remember_refusal(uow, decision)
    except OperationalError as busy:
        log.warning("refusal_not_remembered", kind=type(busy).__name__)
        return False
    return True
