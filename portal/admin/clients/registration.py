"""A new app: four questions, everything else follows from its kind."""

from flask import Response
from wtforms import RadioField, StringField, TextAreaField

from portal.access.repository import Groups, Roles
from portal.admin.clients.access import GROUPS_SHOWN, AudienceForm
from portal.admin.clients.blueprint import KIND_NAMES, clients, to_app
from portal.admin.console import page
from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.http.context import reading, unit_of_work
from portal.http.guards import requires
from portal.http.shown_once import keep_for_next_page
from portal.infra.errors import Invalid


class RegistrationForm(AudienceForm[RegisterClient]):
    """What nobody but the administrator can know about an app."""

    schema = RegisterClient

    client_name = StringField("Name")
    kind = RadioField("Kind of app", choices=KIND_NAMES, default="web", validate_choice=False)
    redirect_uris = TextAreaField("Redirect URIs")
    post_logout_redirect_uris = TextAreaField("Sign-out addresses")


@clients.route("/admin/apps/new", methods=["GET", "POST"])
@requires("create", "client")
def new() -> Response:
    """The form; then the page with the new app's settings, where its secret is shown the only time."""
    form = RegistrationForm()
    with reading() as session:
        roles, groups = Roles(session).all(), Groups(session).page(size=GROUPS_SHOWN)
    form.offer(roles, groups.items)
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                registered = register_client(uow, wish)
        except Invalid as problem:
            form.reject(problem)
        else:
            if registered.secret is not None:
                keep_for_next_page(registered.client.id, registered.secret)
            return to_app(registered.client.id, "connect")
    return page("admin/clients/new.html", status=form.status, form=form, has_more=bool(groups.older))
