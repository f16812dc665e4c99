"""One more person: an account without a password, and a mail by which its owner sets one."""

from uuid import UUID

from flask import Response, flash
from wtforms import BooleanField, EmailField, StringField

from portal.accounts.errors import EmailTaken, UsernameTaken
from portal.accounts.schemas import InviteUser
from portal.accounts.usecases.add_users import add_user, invite_user
from portal.admin.console import page
from portal.admin.users.blueprint import to_person, users
from portal.http.context import unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.infra.errors import Conflict


class NewUserForm(SchemaForm[InviteUser]):
    """Who, and whether a mail goes out."""

    schema = InviteUser

    name = StringField("Name")
    email = EmailField("Email")
    username = StringField("Username")
    invite = BooleanField("Mail a link to set a password", default=True)


@users.route("/admin/users/new", methods=["GET", "POST"])
@requires("create", "user")
def new() -> Response:
    """No operator ever sets or sees a password."""
    form = NewUserForm()
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                user = add_user(uow, wish, invite=wish.invite)
        except (EmailTaken, UsernameTaken) as problem:
            form.reject(problem)
        else:
            flash(f"{user.display_name} has an account" + (" and gets an email" if wish.invite else ""))
            return to_person(user.id)
    return page("admin/users/new.html", status=form.status, form=form)


@users.post("/admin/users/<uuid:user_id>/invite")
@requires("update", "user")
def invite(user_id: UUID) -> Response:
    """Once more, for whoever has no password yet."""
    try:
        with unit_of_work() as uow:
            user = invite_user(uow, user_id)
    except Conflict as problem:
        flash(problem.message)
    else:
        flash(f"{user.display_name} gets an email")
    return to_person(user_id)
