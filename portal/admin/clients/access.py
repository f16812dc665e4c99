"""Who may use an app: nobody until chosen, the holders of some roles, or everyone."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from flask import Response, flash
from wtforms import RadioField, SelectMultipleField

from portal.access.repository import Role, Roles
from portal.admin.clients.blueprint import app_page, clients, to_app
from portal.clients.repository import Clients
from portal.clients.schemas import ClientAccess
from portal.clients.usecases import set_client_access
from portal.http.context import reading, unit_of_work
from portal.http.forms import S, SchemaForm
from portal.http.guards import requires
from portal.infra.errors import Invalid

AUDIENCES: Final = {"roles": "People with a role", "everyone": "Everyone with an account"}


class AudienceForm(SchemaForm[S]):
    """The two questions that registering an app and changing its access both ask."""

    audience = RadioField("Who may use it", choices=AUDIENCES, default="roles", validate_choice=False)
    role_ids = SelectMultipleField("Roles", choices={}, validate_choice=False)

    def offer(self, roles: Sequence[Role]) -> None:
        """The roles there are to choose from."""
        self.role_ids.choices = {str(role.id): role.name for role in roles}


class AccessForm(AudienceForm[ClientAccess]):
    """The same for an app that is there already."""

    schema = ClientAccess


@clients.route("/admin/apps/<uuid:client_pk>/access", methods=["GET", "POST"])
@requires("update", "client")
def access(client_pk: UUID) -> Response:
    """Takes effect at the next sign-in."""
    with reading() as session:
        client = Clients(session).get(client_pk)
        chosen = [str(role_id) for role_id in Clients(session).role_ids_of(client_pk)]
        roles = Roles(session).all()
    audience = "everyone" if client.everyone_may_use else "roles"
    form = AccessForm(data={"audience": audience, "role_ids": chosen})
    form.offer(roles)
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                set_client_access(uow, client_pk, wish)
        except Invalid as problem:
            form.reject(problem)
        else:
            flash("Saved who may use it")
            return to_app(client_pk)
    return app_page("access", client, tab="access", status=form.status, form=form, roles=roles)
