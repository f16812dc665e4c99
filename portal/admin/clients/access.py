"""Who may use an app: nobody until chosen, the holders of some roles and members of some groups, or everyone."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from flask import Response, flash
from wtforms import RadioField, SelectMultipleField

from portal.access.repository import Group, Groups, Role, Roles
from portal.admin.clients.blueprint import app_page, clients, to_app
from portal.admin.console import words
from portal.clients.repository import Audience, Clients
from portal.clients.schemas import ClientAccess
from portal.clients.usecases import set_client_access
from portal.http.context import reading, unit_of_work
from portal.http.forms import S, SchemaForm
from portal.http.guards import requires
from portal.http.tidying import tidy_address
from portal.infra.errors import Invalid

AUDIENCES: Final = {"roles": "Chosen people", "everyone": "Everyone with an account"}
GROUPS_SHOWN: Final = 50
NOBODY: Final = Audience()


class AudienceForm(SchemaForm[S]):
    """The two questions that registering an app and changing its access both ask."""

    audience = RadioField("Who may use it", choices=AUDIENCES, default="roles", validate_choice=False)
    role_ids = SelectMultipleField("Roles", choices={}, validate_choice=False)
    group_ids = SelectMultipleField("Groups", choices={}, validate_choice=False)

    def offer(self, roles: Sequence[Role], groups: Sequence[Group], *, chosen: Audience = NOBODY) -> None:
        """The roles and groups to choose from; those that are chosen already come first."""
        self.role_ids.choices = {str(role.id): role.name for role in roles}
        self.group_ids.choices = {
            **{str(group.id): group.label for group in chosen.groups},
            **{str(group.id): group.name for group in groups},
        }


class AccessForm(AudienceForm[ClientAccess]):
    """The same for an app that is there already."""

    schema = ClientAccess


@clients.route("/admin/apps/<uuid:client_pk>/access", methods=["GET", "POST"])
@tidy_address
@requires("update", "client")
def access(client_pk: UUID) -> Response:
    """Counts at once. Of many groups it offers the chosen ones and those that are looked for."""
    text = words("q")
    with reading() as session:
        client = Clients(session).get(client_pk)
        audience = Clients(session).audience_of(client_pk)
        roles = Roles(session).all()
        found = Groups(session).page(search=text, size=GROUPS_SHOWN)
    form = AccessForm(data=_as_form(audience, is_open=client.everyone_may_use))
    form.offer(roles, found.items, chosen=audience)
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
    return app_page(
        "access", client, tab="access", status=form.status, form=form, text=text, has_more=bool(found.older)
    )


def _as_form(audience: Audience, *, is_open: bool) -> dict[str, object]:
    """What holds now."""
    return {
        "audience": "everyone" if is_open else "roles",
        "role_ids": [str(role.id) for role in audience.roles],
        "group_ids": [str(group.id) for group in audience.groups],
    }
