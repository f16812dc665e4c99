"""Apps that a person has connected, and how an operator takes one away again."""

from uuid import UUID

from flask import Response, flash
from wtforms import TextAreaField

from portal.accounts.schemas import StateReason
from portal.admin.console import page
from portal.admin.users.blueprint import somebody, to_person, users
from portal.grants.errors import GrantNotFound
from portal.grants.repository.grants import Grants
from portal.grants.usecases.connections import disconnect
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires


class DisconnectForm(SchemaForm[StateReason]):
    """Why; it stays in the audit log."""

    schema = StateReason

    reason = TextAreaField("Reason")


@users.route("/admin/users/<uuid:user_id>/apps/<uuid:grant_id>/disconnect", methods=["GET", "POST"])
@requires("update", "user")
def disconnect_app(user_id: UUID, grant_id: UUID) -> Response:
    """Says what will happen and asks for the reason; then everything that the app holds of the person is dead."""
    with reading() as session:
        user = somebody(session, user_id)
        connections = Grants(session).connections_of(user_id)
    connection = next((one for one in connections if one.grant_id == grant_id), None)
    if connection is None:
        raise GrantNotFound
    form = DisconnectForm()
    wish = form.parse()
    if wish is not None:
        with unit_of_work() as uow:
            name = disconnect(uow, grant_id, owner=user.ref, reason=wish.reason)
        flash(f"Disconnected {name}")
        return to_person(user_id)
    return page(
        "admin/users/disconnect.html", status=form.status, form=form, user=user, connection=connection
    )
