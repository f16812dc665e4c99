"""The roles that a group gives, and the people who look after it."""

from typing import Final
from uuid import UUID

from flask import Response, flash, request
from sqlalchemy.orm import Session
from wtforms import SelectField, StringField

from portal.access.errors import NotHeld
from portal.access.repository import Group, Groups, Permissions, Role, Roles
from portal.access.schemas import AddGroupAdministrator, ChangeTerm, GiveGroupRole
from portal.access.services.facts import ensure_unchanged, iso, permission_facts, version_of
from portal.access.usecases.groups import add_group_administrator, remove_group_administrator
from portal.access.usecases.memberships import change_group_role, give_group_role, take_group_role
from portal.admin.days import ZONE_HINT
from portal.admin.groups.blueprint import crumbs_of, group_of, group_page, groups, to_group
from portal.admin.mistakes import MISTAKES
from portal.admin.previews import Question, in_two_steps
from portal.admin.somebody import Named, TermForm, find
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork

CHOOSE: Final = {"": "Choose a role"}


class GiveForm(TermForm[GiveGroupRole]):
    """A role, until when, and why."""

    schema = GiveGroupRole

    role_id = SelectField("Role", choices=CHOOSE, validate_choice=False)


class ChangeForm(TermForm[ChangeTerm]):
    """Another end for what the group gives already."""

    schema = ChangeTerm


class AdministratorForm(SchemaForm[Named]):
    """Who is to look after the group, and why."""

    schema = Named

    who = StringField("Username or email")
    reason = StringField("Reason")


@groups.route("/admin/groups/<uuid:group_id>/roles/new", methods=["GET", "POST"])
@requires("update", "group")
def give_role(group_id: UUID) -> Response:
    """One more role for everybody in the group, once it is seen who gains what."""
    with reading() as session:
        group, offered = group_of(session, group_id), Roles(session).all()
    form = GiveForm()
    form.role_id.choices = CHOOSE | {str(role.id): role.name for role in offered}
    wish = form.parse()

    def show(problem: DomainError | None = None) -> Response:
        if problem is not None:
            form.reject(problem)
        return group_page(
            "give_role", group, tab="detail", status=form.status, form=form, zone_hint=ZONE_HINT
        )

    role = next((role for role in offered if wish is not None and role.id == wish.role_id), None)
    if wish is None or role is None:
        return show(None if wish is None else NotHeld("Choose a role from the list", field="role_id"))

    def give(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("role", _permits(uow, role.id), version)
        give_group_role(uow, group_id, wish)

    return in_two_steps(
        _question(group, f"Give the role “{role.name}” to the group “{group.name}”?", "Give role"),
        give,
        version=_version(role.id),
        again=show,
        done=lambda: _done(group_id, f"The group gives {role.name}"),
    )


@groups.route("/admin/groups/<uuid:group_id>/roles/<uuid:role_id>", methods=["GET", "POST"])
@requires("update", "group")
def change_role(group_id: UUID, role_id: UUID) -> Response:
    """Another end, or none, once it is seen who loses or keeps what from when on."""
    group, role = _given(group_id, role_id)
    form = ChangeForm()
    wish = form.parse()
    if wish is None:
        return _change_role(group_id, role_id, form)

    def again(problem: DomainError | None) -> Response:
        if problem is not None:
            form.reject(problem)
        return _change_role(group_id, role_id, form)

    def save(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("role", _given_facts(uow.session, group_id, role_id), version)
        change_group_role(uow, group_id, role_id, wish)

    with reading() as session:
        version = version_of(_given_facts(session, group_id, role_id))
    title = f"Move the end of “{role.name}” for the group “{group.name}”?"
    return in_two_steps(
        _question(group, title, "Save the end"),
        save,
        version=version,
        again=again,
        done=lambda: _done(group_id, "Saved until when the group gives it"),
    )


@groups.route("/admin/groups/<uuid:group_id>/roles/<uuid:role_id>/take", methods=["GET", "POST"])
@requires("update", "group")
def take_role(group_id: UUID, role_id: UUID) -> Response:
    """Who would lose what; then it is taken. Who only comes by (from the sign-in page) is led to the group."""
    if request.method != "POST":
        return to_group(group_id)
    group, role = _given(group_id, role_id)

    def again(problem: DomainError | None) -> Response:
        form = ChangeForm()
        if problem is not None:
            form.reject(problem)
        return _change_role(group_id, role_id, form)

    def take(uow: UnitOfWork, version: str | None) -> None:
        ensure_unchanged("role", _permits(uow, role_id), version)
        take_group_role(uow, group_id, role_id)

    return in_two_steps(
        _question(
            group, f"Take the role “{role.name}” from the group “{group.name}”?", "Take role", is_danger=True
        ),
        take,
        version=_version(role_id),
        again=again,
        done=lambda: _done(group_id, f"The group does not give {role.name} any more"),
    )


@groups.route("/admin/groups/<uuid:group_id>/administrators/new", methods=["GET", "POST"])
@requires("update", "group")
def add_administrator(group_id: UUID) -> Response:
    """Somebody more who decides who is in the group."""
    with reading() as session:
        group = group_of(session, group_id)
    form = AdministratorForm()
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                person = find(uow.session, wish.who)
                add_group_administrator(
                    uow, group_id, AddGroupAdministrator(user_id=person.id, reason=wish.reason)
                )
        except MISTAKES as problem:
            form.reject(problem)
        else:
            return _done(group_id, f"{person.display_name} looks after the group")
    return group_page("add_administrator", group, tab="detail", status=form.status, form=form)


@groups.post("/admin/groups/<uuid:group_id>/administrators/<uuid:user_id>/remove")
@requires("update", "group")
def remove_administrator(group_id: UUID, user_id: UUID) -> Response:
    """One less. Memberships stay as they are."""
    with unit_of_work() as uow:
        remove_group_administrator(uow, group_id, user_id)
    return _done(group_id, "Saved who looks after the group")


def _change_role(group_id: UUID, role_id: UUID, form: ChangeForm) -> Response:
    group, role = _given(group_id, role_id)
    with reading() as session:
        row = Groups(session).role(group_id, role_id)
    if row is not None and not form.is_submitted():
        form.expires_at.data = row.expires_at
    return group_page(
        "change_role",
        group,
        tab="detail",
        status=form.status,
        form=form,
        given_role=role,
        zone_hint=ZONE_HINT,
    )


def _given(group_id: UUID, role_id: UUID) -> tuple[Group, Role]:
    """The group and a role that it gives or gave.

    Raises:
        GroupNotFound, NotHeld
    """
    with reading() as session:
        group = group_of(session, group_id)
        role = Roles(session).get(role_id)
        if role is None or Groups(session).role(group_id, role_id) is None:
            raise NotHeld("The group does not give this role.")
    return group, role


def _question(group: Group, title: str, save_label: str, *, is_danger: bool = False) -> Question:
    return Question(
        nav="groups",
        crumbs=crumbs_of(group, "Roles"),
        title=title,
        text="It takes effect with the next click of its members.",
        save_label=save_label,
        is_danger=is_danger,
    )


def _permits(uow: UnitOfWork, role_id: UUID) -> dict[str, object]:
    return permission_facts(Permissions(uow.session).of_role(role_id))


def _given_facts(session: Session, group_id: UUID, role_id: UUID) -> dict[str, object]:
    """Until when the group gives it, and what that permits."""
    row = Groups(session).role(group_id, role_id)
    return {
        "expires_at": iso(row.expires_at) if row is not None else "not given",
        "permissions": permission_facts(Permissions(session).of_role(role_id)),
    }


def _version(role_id: UUID) -> str:
    """The mark of what the role permits: what was seen is what is given, or taken."""
    with reading() as session:
        return version_of(permission_facts(Permissions(session).of_role(role_id)))


def _done(group_id: UUID, words: str) -> Response:
    flash(words)
    return to_group(group_id)
