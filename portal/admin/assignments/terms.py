"""Another end for a role that a person holds by name, or the end now, once it is seen what they lose or keep."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Response, flash, request, url_for

from portal.access.errors import NotHeld
from portal.access.repository import Role, Roles
from portal.access.schemas import ChangeTerm
from portal.access.services.facts import ensure_unchanged, version_of
from portal.access.usecases.assignments import change_role, take_role
from portal.accounts.services import User
from portal.admin.assignments.blueprint import assignments, facts_of, question_about, to_roles, user_of
from portal.admin.console import page
from portal.admin.days import ZONE_HINT
from portal.admin.previews import in_two_steps
from portal.admin.somebody import TermForm
from portal.http.context import reading
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Held:
    """A role given to a person by name, as it is now."""

    user: User
    role: Role
    expires_at: datetime | None
    version: str


class ChangeForm(TermForm[ChangeTerm]):
    """Another end for what is held already."""

    schema = ChangeTerm


@assignments.route("/admin/users/<uuid:user_id>/roles/<uuid:role_id>", methods=["GET", "POST"])
@requires("update", "role")
def change(user_id: UUID, role_id: UUID) -> Response:
    """Another end, or none."""
    held = _held(user_id, role_id)
    form = ChangeForm()
    wish = form.parse()
    if wish is None:
        return _change(held, form)

    def save(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("assignment", facts_of(uow.session, user_id, role_id), version)
        change_role(uow, user_id, role_id, wish)

    return in_two_steps(
        question_about(held.user, held.role, "Move the end of “{role}” for {person}?", "Save the end"),
        save,
        version=held.version,
        again=lambda problem: _again(held, form, problem),
        done=lambda: _done(user_id, "Saved until when the role is held"),
    )


@assignments.route("/admin/users/<uuid:user_id>/roles/<uuid:role_id>/take", methods=["GET", "POST"])
@requires("update", "role")
def take(user_id: UUID, role_id: UUID) -> Response:
    """Not given by name any more; a group may still give it. Who only comes by (from the sign-in page) is led to the
    assignment.
    """
    if request.method != "POST":
        return see_other(url_for("admin_assignments.change", user_id=user_id, role_id=role_id))
    held = _held(user_id, role_id)
    form = ChangeForm()
    reason = request.form.get("reason", "").strip()[:300] or None

    def save(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("assignment", facts_of(uow.session, user_id, role_id), version)
        take_role(uow, user_id, role_id, reason=reason)

    title = "Take the role “{role}” from {person}?"
    return in_two_steps(
        question_about(held.user, held.role, title, "Take role", is_danger=True),
        save,
        version=held.version,
        again=lambda problem: _again(held, form, problem),
        done=lambda: _done(user_id, "The role is taken"),
    )


def _held(user_id: UUID, role_id: UUID) -> Held:
    """The assignment that the address names, ended or not.

    Raises:
        UserNotFound, NotHeld
    """
    with reading() as session:
        user = user_of(session, user_id)
        role, row = Roles(session).get(role_id), Roles(session).assignment(user_id, role_id)
        if role is None or row is None:
            raise NotHeld("This role is not given to this person by name.")
        version = version_of(facts_of(session, user_id, role_id))
    return Held(user=user, role=role, expires_at=row.expires_at, version=version)


def _change(held: Held, form: ChangeForm) -> Response:
    if not form.is_submitted():
        form.expires_at.data = held.expires_at
    return page(
        "admin/assignments/change.html",
        status=form.status,
        user=held.user,
        role=held.role,
        form=form,
        zone_hint=ZONE_HINT,
    )


def _again(held: Held, form: ChangeForm, problem: DomainError | None) -> Response:
    if problem is not None:
        form.reject(problem)
    return _change(held, form)


def _done(user_id: UUID, words: str) -> Response:
    flash(words)
    return to_roles(user_id)
