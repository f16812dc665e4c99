"""One person: what is known, what is open, and what operators may do about it."""

from typing import Final
from uuid import UUID

from flask import Response, flash
from wtforms import TextAreaField

from portal.access.errors import LastAdministrator, OwnAccount
from portal.access.repository import Roles
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user, enable_user
from portal.accounts.usecases.recovery import send_recovery
from portal.admin.console import may, now, page
from portal.admin.telling import tell_by_day
from portal.admin.users.blueprint import somebody, to_person, users
from portal.audit.repository import AuditEntries, AuditFilter
from portal.grants.repository.grants import Grants
from portal.grants.repository.personal_tokens import TokensOfPerson
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.signing_in import current_principal
from portal.infra.errors import Conflict
from portal.infra.user_agents import device_name
from portal.sessions.repository import Sessions
from portal.sessions.usecases.sign_out import end_all_sessions, end_session

HISTORY: Final = 10


class DisableForm(SchemaForm[DisableUser]):
    """Why somebody is shut out; the reason stays in the audit log."""

    schema = DisableUser

    reason = TextAreaField("Reason")


@users.get("/admin/users/<uuid:user_id>")
@requires("read", "user")
def detail(user_id: UUID) -> Response:
    """One person, as far as whoever looks may see."""
    at = now()
    with reading() as session:
        user = somebody(session, user_id)
        roles = Roles(session).of_user(user_id, at=at)
        sessions = Sessions(session).live_of(user_id, at=at) if may("read", "session") else None
        connections = Grants(session).connections_of(user_id)
        tokens = TokensOfPerson(session, user_id).live(at=at)
        wanted = AuditFilter(subject_id=user_id)
        history = AuditEntries(session).page(wanted, size=HISTORY) if may("read", "audit") else None
    principal = current_principal()
    return page(
        "admin/users/detail.html",
        user=user,
        roles=roles,
        sessions=sessions,
        connections=connections,
        tokens=tokens,
        history=tell_by_day(history.items) if history else None,
        has_more=bool(history and history.older),
        device_name=device_name,
        is_self=principal is not None and principal.user_id == user_id,
    )


@users.route("/admin/users/<uuid:user_id>/disable", methods=["GET", "POST"])
@requires("update", "user")
def disable(user_id: UUID) -> Response:
    """Asks for the reason and says what will happen; then it has."""
    with reading() as session:
        user = somebody(session, user_id)
    form = DisableForm()
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                disable_user(uow, user_id, wish)
        except (LastAdministrator, OwnAccount) as problem:
            form.reject(problem)
        else:
            flash(f"{user.display_name} is disabled")
            return to_person(user_id)
    return page("admin/users/disable.html", status=form.status, form=form, user=user)


@users.post("/admin/users/<uuid:user_id>/enable")
@requires("update", "user")
def enable(user_id: UUID) -> Response:
    """The doors are open again."""
    with unit_of_work() as uow:
        user = enable_user(uow, user_id)
    flash(f"{user.display_name} can sign in again")
    return to_person(user_id)


@users.post("/admin/users/<uuid:user_id>/recovery")
@requires("update", "user")
def recovery(user_id: UUID) -> Response:
    """A mail with a link for a new password; the operator never sees or sets one."""
    try:
        with unit_of_work() as uow:
            send_recovery(uow, user_id)
    except Conflict as problem:
        flash(problem.message)
    else:
        flash("The recovery email is on its way")
    return to_person(user_id)


@users.post("/admin/users/<uuid:user_id>/sessions/end")
@requires("delete", "session")
def end_sessions(user_id: UUID) -> Response:
    """Signed out everywhere."""
    with unit_of_work() as uow:
        ended = end_all_sessions(uow, user_id)
    flash("1 session ended" if ended == 1 else f"{ended} sessions ended")
    return to_person(user_id)


@users.post("/admin/users/<uuid:user_id>/sessions/<uuid:session_id>/end")
@requires("delete", "session")
def end_one_session(user_id: UUID, session_id: UUID) -> Response:
    """Signed out in one browser."""
    with unit_of_work() as uow:
        session = end_session(uow, session_id, user_id=user_id, reason="ended_by_operator")
    flash(f"Signed out {device_name(session.user_agent)}")
    return to_person(user_id)
