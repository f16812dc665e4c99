"""What one person holds: roles with their path, end and reason; groups; and what operators note of the person."""

from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from flask import Blueprint, Response, flash, request, url_for
from sqlalchemy.orm import Session
from wtforms import SelectField, TextAreaField

from portal.access.errors import NotHeld
from portal.access.repository import Groups, Roles
from portal.access.schemas import ChangeTerm, GiveRole, SetUserAttributes
from portal.access.services.facts import version_of
from portal.access.usecases.assignments import change_role, give_role, set_user_attributes, take_role
from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin.console import may, now, page
from portal.admin.days import ZONE_HINT
from portal.admin.mistakes import MISTAKES
from portal.admin.somebody import TermForm
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other

assignments = Blueprint("admin_assignments", __name__)

CHOOSE: Final = {"": "Choose a role"}


class GiveForm(TermForm[GiveRole]):
    """A role, until when, and why."""

    schema = GiveRole

    role_id = SelectField("Role", choices=CHOOSE, validate_choice=False)


class ChangeForm(TermForm[ChangeTerm]):
    """Another end for what is held already."""

    schema = ChangeTerm


class AttributesForm(SchemaForm[SetUserAttributes]):
    """All that is noted of the person, as JSON."""

    schema = SetUserAttributes

    attributes = TextAreaField("Attributes")


@assignments.get("/admin/users/<uuid:user_id>/roles")
@requires("read", "user")
def roles(user_id: UUID) -> Response:
    """Every way in which the person holds a role."""
    return _roles(user_id, GiveForm() if may("update", "role") else None)


@assignments.post("/admin/users/<uuid:user_id>/roles")
@requires("update", "role")
def give(user_id: UUID) -> Response:
    """One more."""
    form = GiveForm()
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                give_role(uow, user_id, wish)
        except MISTAKES as problem:
            form.reject(problem)
        else:
            flash("The role is given")
            return _to(user_id)
    return _roles(user_id, form)


@assignments.route("/admin/users/<uuid:user_id>/roles/<uuid:role_id>", methods=["GET", "POST"])
@requires("update", "role")
def change(user_id: UUID, role_id: UUID) -> Response:
    """Another end, or none."""
    form = ChangeForm()
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                change_role(uow, user_id, role_id, wish)
        except (*MISTAKES, NotHeld) as problem:
            form.reject(problem)
        else:
            flash("Saved until when the role is held")
            return _to(user_id)
    return _change(user_id, role_id, form)


@assignments.post("/admin/users/<uuid:user_id>/roles/<uuid:role_id>/take")
@requires("update", "role")
def take(user_id: UUID, role_id: UUID) -> Response:
    """Not given by name any more; a group may still give it."""
    form = ChangeForm()
    reason = request.form.get("reason", "").strip()[:300] or None
    try:
        with unit_of_work() as uow:
            take_role(uow, user_id, role_id, reason=reason)
    except MISTAKES as problem:
        form.reject(problem)
        return _change(user_id, role_id, form)
    flash("The role is taken")
    return _to(user_id)


@assignments.route("/admin/users/<uuid:user_id>/attributes", methods=["GET", "POST"])
@requires("update", "user")
def attributes(user_id: UUID) -> Response:
    """What conditions may compare of the person as `subject.<name>`."""
    with reading() as session:
        user = _user(session, user_id)
    noted = dict(user.attributes or {})
    form = AttributesForm(data={"attributes": _as_json(noted) if noted else ""})
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                set_user_attributes(uow, user_id, wish, if_unchanged=request.form.get("version"))
        except MISTAKES as problem:
            form.reject(problem)
        else:
            flash("Saved the attributes")
            return _to(user_id)
    return page(
        "admin/assignments/attributes.html",
        status=form.status,
        user=user,
        form=form,
        version=version_of(noted),
    )


def _roles(user_id: UUID, form: GiveForm | None) -> Response:
    at = now()
    with reading() as session:
        user = _user(session, user_id)
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


def _change(user_id: UUID, role_id: UUID, form: ChangeForm) -> Response:
    with reading() as session:
        user = _user(session, user_id)
        role, row = Roles(session).get(role_id), Roles(session).assignment(user_id, role_id)
    if role is None or row is None:
        raise NotHeld("This role is not given to this person by name.")
    if not form.is_submitted():
        form.expires_at.data = row.expires_at
    return page(
        "admin/assignments/change.html",
        status=form.status,
        user=user,
        role=role,
        form=form,
        zone_hint=ZONE_HINT,
    )


def _user(session: Session, user_id: UUID) -> User:
    user = Users(session).get(user_id)
    if user is None:
        raise UserNotFound
    return user


def _is_over(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is not None and expires_at <= at


def _plain(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _as_json(noted: dict[str, object]) -> str:
    return orjson.dumps(noted, option=orjson.OPT_INDENT_2).decode()


def _to(user_id: UUID) -> Response:
    return see_other(url_for("admin_assignments.roles", user_id=user_id))
