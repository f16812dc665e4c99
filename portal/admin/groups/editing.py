"""Groups come, are called otherwise, and go."""

from uuid import UUID

from flask import Response, flash, request, url_for
from wtforms import BooleanField, StringField

from portal.access.schemas import CreateGroup, EditGroup
from portal.access.services.facts import version_of
from portal.access.usecases.groups import create_group, delete_group, edit_group
from portal.admin.console import page
from portal.admin.groups.blueprint import crumbs_of, group_of, group_page, groups, to_group
from portal.admin.mistakes import MISTAKES
from portal.admin.previews import Question, in_two_steps, in_two_steps_where_felt
from portal.http.context import reading, unit_of_work
from portal.http.forms import S, SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.infra.errors import DomainError
from portal.infra.unit_of_work import UnitOfWork


class GroupForm(SchemaForm[S]):
    """What a group is called."""

    name = StringField("Name")
    description = StringField("Description")
    is_requestable = BooleanField("People may ask to be in it")


class NewGroupForm(GroupForm[CreateGroup]):
    """For one that is not there yet."""

    schema = CreateGroup


class EditGroupForm(GroupForm[EditGroup]):
    """For one that is."""

    schema = EditGroup


@groups.route("/admin/groups/new", methods=["GET", "POST"])
@requires("create", "group")
def new() -> Response:
    """A name; its roles and members are the page after it."""
    form = NewGroupForm()
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                group = create_group(uow, wish)
        except MISTAKES as problem:
            form.reject(problem)
        else:
            flash(f"The group {group.name} is there. Now give it roles and members")
            return to_group(group.id)
    return page("admin/groups/new.html", status=form.status, form=form)


@groups.route("/admin/groups/<uuid:group_id>/edit", methods=["GET", "POST"])
@requires("update", "group")
def edit(group_id: UUID) -> Response:
    """Apps hear the new name from their next token on. Conditions may ask for it, so what a new one does is shown."""
    with reading() as session:
        group = group_of(session, group_id)
    form = EditGroupForm(data=group.describe())
    wish = form.parse()

    def save(uow: UnitOfWork, version: str | None) -> None:
        if wish is not None:
            edit_group(uow, group_id, wish, if_unchanged=version)

    def show(problem: DomainError | None = None) -> Response:
        if problem is not None:
            form.reject(problem)
        version = version_of(group.describe())
        return group_page("edit", group, tab="edit", status=form.status, form=form, version=version)

    def done() -> Response:
        flash("Saved the settings")
        return to_group(group_id)

    if wish is None:
        return show()
    question = Question(
        nav="groups",
        crumbs=crumbs_of(group, "Settings"),
        title=f"Call the group “{group.name}” “{wish.name}”?",
        text="Conditions of permissions ask for the name of this group.",
        save_label="Save settings",
    )
    return in_two_steps_where_felt(
        question,
        save,
        may_be=wish.name != group.name,
        version=version_of(group.describe()),
        again=show,
        done=done,
    )


@groups.route("/admin/groups/<uuid:group_id>/delete", methods=["GET", "POST"])
@requires("delete", "group")
def delete(group_id: UUID) -> Response:
    """What would go with it; then it goes. Who only comes by (from the sign-in page) is led to the group."""
    with reading() as session:
        group = group_of(session, group_id)
    if request.method != "POST":
        return to_group(group_id)

    def again(problem: DomainError | None) -> Response:
        if problem is None:
            return to_group(group_id)
        return group_page("refused", group, tab="detail", status=422, problem=problem.message)

    def done() -> Response:
        flash(f"The group {group.name} is removed")
        return see_other(url_for("admin_groups.listing"))

    question = Question(
        nav="groups",
        crumbs=crumbs_of(group, "Remove"),
        title=f"Remove the group “{group.name}”?",
        consequences=(
            "Nobody is in it any more, and whoever held a role by it alone loses that role.",
            "Apps that are open to its members are closed to them, unless something else lets them in.",
            "Its history stays in the audit log.",
        ),
        save_label="Remove group",
        is_danger=True,
    )
    return in_two_steps(
        question,
        lambda uow, version: delete_group(uow, group_id, if_unchanged=version),
        version=version_of(group.describe()),
        again=again,
        done=done,
    )
