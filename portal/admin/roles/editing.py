"""Roles come, are called otherwise, and go."""

from uuid import UUID

from flask import Response, flash, request, url_for
from wtforms import BooleanField, StringField

from portal.access.schemas import CreateRole, EditRole
from portal.access.services.facts import version_of
from portal.access.usecases.roles import create_role, delete_role, edit_role
from portal.accounts.repository import Users
from portal.admin.console import page
from portal.admin.mistakes import MISTAKES
from portal.admin.previews import Question, in_two_steps, in_two_steps_where_felt
from portal.admin.roles.blueprint import crumbs_of, role_of, role_page, roles, to_role
from portal.http.context import reading, unit_of_work
from portal.http.forms import S, SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork


class RoleForm(SchemaForm[S]):
    """What a role is called, and who answers for it."""

    name = StringField("Name")
    description = StringField("Description")
    owner = StringField("Owner")
    is_requestable = BooleanField("People may ask for it")


class NewRoleForm(RoleForm[CreateRole]):
    """For one that is not there yet."""

    schema = CreateRole


class EditRoleForm(RoleForm[EditRole]):
    """For one that is."""

    schema = EditRole


@roles.route("/admin/roles/new", methods=["GET", "POST"])
@requires("create", "role")
def new() -> Response:
    """A name; what it permits is the page after it."""
    form = NewRoleForm()
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                role = create_role(uow, wish)
        except MISTAKES as problem:
            form.reject(problem)
        else:
            flash(f"The role {role.name} is there. Now choose what it permits")
            return to_role(role.id, "permissions")
    return page("admin/roles/new.html", status=form.status, form=form)


@roles.route("/admin/roles/<uuid:role_id>/edit", methods=["GET", "POST"])
@requires("update", "role")
def edit(role_id: UUID) -> Response:
    """Who holds it holds it under its new name. Conditions may ask for that name, so what a new one does is shown."""
    with reading() as session:
        role = role_of(session, role_id)
        owner = Users(session).get(role.owner_id) if role.owner_id else None
    form = EditRoleForm(data={**role.describe(), "owner": owner.username if owner else ""})
    wish = form.parse()

    def save(uow: UnitOfWork, version: str | None) -> None:
        if wish is not None:
            edit_role(uow, role_id, wish, if_unchanged=version)

    def show(problem: DomainError | None = None) -> Response:
        if problem is not None:
            form.reject(problem)
        version = version_of(role.describe())
        return role_page("edit", role, tab="edit", status=form.status, form=form, version=version)

    def done() -> Response:
        flash("Saved the settings")
        return to_role(role_id)

    if wish is None:
        return show()
    question = Question(
        nav="roles",
        crumbs=crumbs_of(role, "Settings"),
        title=f"Call the role “{role.name}” “{wish.name}”?",
        text="Conditions of permissions ask for the name of this role.",
        save_label="Save settings",
    )
    return in_two_steps_where_felt(
        question,
        save,
        may_be=wish.name != role.name,
        version=version_of(role.describe()),
        again=show,
        done=done,
    )


@roles.route("/admin/roles/<uuid:role_id>/delete", methods=["GET", "POST"])
@requires("delete", "role")
def delete(role_id: UUID) -> Response:
    """What would go with it; then it goes. Who only comes by (from the sign-in page) is led to the role."""
    with reading() as session:
        role = role_of(session, role_id)
    if request.method != "POST":
        return to_role(role_id)

    def again(problem: DomainError | None) -> Response:
        if problem is None:
            return to_role(role_id)
        return role_page("refused", role, tab="detail", status=422, problem=problem.message)

    def done() -> Response:
        flash(f"The role {role.name} is removed")
        return see_other(url_for("admin_roles.listing"))

    question = Question(
        nav="roles",
        crumbs=crumbs_of(role, "Remove"),
        title=f"Remove the role “{role.name}”?",
        consequences=(
            "Nobody holds it any more, by name or by a group, and no group gives it.",
            "Apps that are open to its holders are closed to them, unless something else lets them in.",
            "Its history stays in the audit log.",
        ),
        save_label="Remove role",
        is_danger=True,
    )
    return in_two_steps(
        question,
        lambda uow, version: delete_role(uow, role_id, if_unchanged=version),
        version=version_of(role.describe()),
        again=again,
        done=done,
    )
