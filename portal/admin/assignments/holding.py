"""All that one person holds, and one role more."""

from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from flask import Response, flash
from wtforms import SelectField

from portal.access.errors import RoleNotFound
from portal.access.repository import Groups, Roles
from portal.access.schemas import GiveRole
from portal.access.services.facts import ensure_unchanged, version_of
from portal.access.usecases.assignments import give_role
from portal.accounts.repository import Users
from portal.admin.assignments.blueprint import assignments, facts_of, question_about, to_roles, user_of
from portal.admin.console import may, now, page
from portal.admin.days import ZONE_HINT
from portal.admin.previews import in_two_steps
from portal.admin.somebody import TermForm
from portal.http.context import reading
from portal.http.guards import requires
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork

CHOOSE: Final = {"": "Choose a role"}


class GiveForm(TermForm[GiveRole]):
    """A role, until when, and why."""

    schema = GiveRole

    role_id = SelectField("Role", choices=CHOOSE, validate_choice=False)


@assignments.get("/admin/users/<uuid:user_id>/roles")
@requires("read", "user")
def roles(user_id: UUID) -> Response:
    """Every way in which the person holds a role."""
    return _roles(user_id, GiveForm() if may("update", "role") else None)


@assignments.post("/admin/users/<uuid:user_id>/roles")
@requires("update", "role")
def give(user_id: UUID) -> Response:
    """One more, once it is seen what they gain by it."""
    form = GiveForm()
    wish = form.parse()
    if wish is None:
        return _roles(user_id, form)
    with reading() as session:
        user, role = user_of(session, user_id), Roles(session).get(wish.role_id)
        if role is None:
            raise RoleNotFound
        version = version_of(facts_of(session, user_id, role.id))

    def save(uow: UnitOfWork, seen: str | None) -> None:
        ensure_unchanged("assignment", facts_of(uow.session, user_id, wish.role_id), seen)
        give_role(uow, user_id, wish)

    def again(problem: DomainError | None) -> Response:
        if problem is not None:
            form.reject(problem)
        return _roles(user_id, form)

    def done() -> Response:
        flash("The role is given")
        return to_roles(user_id)

    return in_two_steps(
        question_about(user, role, "Give the role “{role}” to {person}?", "Give role"),
        save,
        version=version,
        again=again,
        done=done,
    )


def _roles(user_id: UUID, form: GiveForm | None) -> Response:
    at = now()
    with reading() as session:
        user = user_of(session, user_id)
        held = Roles(session).held_by(user_id, at=at)
        assigned = Roles(session).assignments_of(user_id)
        memberships = Groups(session).memberships_of(user_id) if may("read", "group") else []
        givers = Users(session).with_ids({row.assigned_by for row, _ in assigned if row.assigned_by})
        offered = Roles(session).all() if form is not None else []
    if form is not None:
        form.role_id.choices = CHOOSE | {str(role.id): role.name for role in offered}
    return page(
        "admin/assignments/roles.html",
        status=form.status if form else 200,
        user=user,
        form=form,
        held=held,
        given={role.id: row for row, role in assigned},
        ended=[(row, role) for row, role in assigned if _is_over(row.expires_at, at)],
        memberships=memberships,
        noted=[(name, _plain(value)) for name, value in sorted((user.attributes or {}).items())],
        givers={giver.id: giver.display_name for giver in givers},
        zone_hint=ZONE_HINT,
        at=at,
    )


def _is_over(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is not None and expires_at <= at


def _plain(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
