"""An earlier state brought back: what it would change, the reason for it, and then one new, audited change."""

from typing import Any
from uuid import UUID

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session
from wtforms import HiddenField, TextAreaField

from portal.access.errors import ChangedMeanwhile
from portal.access.rules import ACCESS
from portal.access.services.facts import version_of
from portal.accounts.repository import Users
from portal.admin.console import BadAddress, now, page
from portal.admin.history.blueprint import KINDS, NoHistory, history, requires_of_row
from portal.admin.history.moments import in_address, moment_in
from portal.admin.history.pages import address_of, seen
from portal.admin.history.present import Present, present_of
from portal.admin.history.reading import history_of
from portal.admin.history.restoring import Case, Plan, plan_for
from portal.audit.rules import only_what_differs
from portal.audit.schemas import RestoreState
from portal.audit.usecases import note_restored
from portal.clients.repository import Clients
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import Conflict, Forbidden, Invalid, NotFound
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork


class RestoreForm(SchemaForm[RestoreState]):
    """Why; and the mark of what the preview showed, so that nobody's later change is undone unseen."""

    schema = RestoreState

    reason = TextAreaField("Reason")
    seen = HiddenField()


@history.route("/admin/history/<kind>/<uuid:row_id>/restore", methods=["GET", "POST"])
@requires_of_row("update")
def restore(kind: str, row_id: UUID) -> Response:
    """Needs what any change of such a row needs; for one that is gone, what making a new one needs as well."""
    with reading() as session:
        is_gone = present_of(session, kind, row_id) is None
    return (
        requires("create", KINDS[kind].resource)(_restore)(kind, row_id)
        if is_gone
        else _restore(kind, row_id)
    )


def _restore(kind: str, row_id: UUID) -> Response:
    with reading() as session:
        case = _case(session, kind, row_id)
        try:
            plan, problem = plan_for(session, case), None
        except Invalid as found:
            plan, problem = Plan(goal=case.is_state, obstacle=found.message), found
        before = seen(session, kind, case.is_state, at=case.now)
        after = seen(session, kind, plan.goal, at=case.now)
    mark = _mark(case.present)
    form = RestoreForm(data={"seen": mark})
    wish = form.parse()
    if wish is not None and plan.steps and problem is None:
        try:
            made = _bring_back(case, wish)
        except (Invalid, Conflict, Forbidden, NotFound) as refused:
            # at no field: this form has none of those that the use case speaks of
            form.form_errors.append(refused.message)
            form.seen.data = mark
        else:
            flash(f"Restored {case.ref.label}")
            return see_other(address_of(kind, made) if made != row_id else _timeline(kind, row_id))
    return page(
        "admin/history/restore.html",
        status=form.status,
        form=form,
        about=KINDS[kind],
        case=case,
        plan=plan,
        difference=only_what_differs(before, after),
        back=_timeline(kind, row_id, at=in_address(case.then_at)),
        row_address=address_of(kind, row_id) if case.present is not None else None,
    )


def _case(session: Session, kind: str, row_id: UUID) -> Case:
    """What the address asks to bring back.

    Raises:
        BadAddress: it names no moment, or one that can't be read.
        NoHistory: there was no such row at that moment.
    """
    at = now()
    moment = moment_in(request.args, "at", now=at)
    if moment.at is None:
        raise BadAddress
    found = history_of(session, kind, row_id)
    then = found.as_of(moment.at)
    if then.state is None:
        raise NoHistory
    return Case(found.ref, then.state, moment.at, found.present, at)


def _bring_back(case: Case, wish: RestoreState) -> UUID:
    """All of the plan in one transaction, made anew under lock: what was previewed must be what is done.

    Raises:
        ChangedMeanwhile: the row is not as the preview showed it.
    """
    with unit_of_work() as uow:
        _hold(uow, case.ref)
        present = present_of(uow.session, case.ref.type, case.ref.id)
        if _mark(present) != wish.seen:
            raise ChangedMeanwhile("record")
        plan = plan_for(uow.session, Case(case.ref, case.then, case.then_at, present, uow.now))
        note_restored(uow, case.ref, as_of=case.then_at, reason=wish.reason)
        results = [step(uow, wish.reason) for step in plan.steps]
    made = next((result for result in results if isinstance(result, UUID)), None)
    return made or case.ref.id


def _hold(uow: UnitOfWork, ref: Ref) -> None:
    """Nobody else changes the row until the end of the unit."""
    match ref.type:
        case "user":
            Users(uow.session).lock(ref.id)
        case "client" if Clients(uow.session).find(ref.id) is not None:
            Clients(uow.session).get_to_change(ref.id)
    uow.lock(ACCESS)


def _mark(present: Present | None) -> str:
    if present is None:
        return "gone"
    return version_of({"fields": present.state.fields, "bonds": present.state.bonds})


def _timeline(kind: str, row_id: UUID, **moments: str) -> str:
    args: dict[str, Any] = dict(moments)
    return url_for("admin_history.timeline", kind=kind, row_id=row_id, **args)
