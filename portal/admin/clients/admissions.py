"""Apps that come by themselves: the tokens that let them in, and knowing whose they are."""

from uuid import UUID

from flask import Response, flash, request, url_for
from wtforms import IntegerField, StringField

from portal.admin.clients.blueprint import clients, to_app
from portal.admin.console import now, page
from portal.clients.repository import InitialAccessTokens
from portal.clients.schemas import MakeInitialAccessToken
from portal.clients.usecases.initial_access import make_initial_access_token, revoke_initial_access_token
from portal.clients.usecases.vouching import vouch_for_client, withdraw_vouching
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.http.shown_once import keep_for_next_page, take


class AdmissionForm(SchemaForm[MakeInitialAccessToken]):
    """What the token is for, and how far it goes."""

    schema = MakeInitialAccessToken

    label = StringField("What it is for")
    uses = IntegerField("How many apps it may register", default=1)
    days = IntegerField("Days until it ends", default=7)


@clients.route("/admin/apps/initial-access-tokens", methods=["GET", "POST"])
@requires("create", "client")
def admissions() -> Response:
    """All of them, and a new one; its text is shown on the next page, once."""
    form = AdmissionForm()
    wish = form.parse()
    if wish is not None:
        with unit_of_work() as uow:
            made = make_initial_access_token(uow, wish)
        keep_for_next_page(made.token.id, made.text)
        return see_other(url_for("admin_clients.admissions", made=made.token.id))
    made_id = request.args.get("made", type=UUID)
    settings = current_portal().settings
    with reading() as session:
        tokens = InitialAccessTokens(session).all()
    return page(
        "admin/clients/admissions.html",
        status=form.status,
        form=form,
        tokens=tokens,
        at=now(),
        text=take(made_id) if made_id else None,
        who=settings.client_registration,
        endpoint=f"{settings.base_url}/oauth2/register",
    )


@clients.post("/admin/apps/initial-access-tokens/<uuid:token_id>/revoke")
@requires("create", "client")
def revoke_admission(token_id: UUID) -> Response:
    """At once; apps that came with it stay."""
    with unit_of_work() as uow:
        revoke_initial_access_token(uow, token_id)
    flash("The token is revoked")
    return see_other(url_for("admin_clients.admissions"))


@clients.post("/admin/apps/<uuid:client_pk>/vouch")
@requires("update", "client")
def vouch(client_pk: UUID) -> Response:
    """From now on people are no longer told that nobody knows whose app it is."""
    with unit_of_work() as uow:
        vouch_for_client(uow, client_pk)
    flash("People no longer see that it is unverified")
    return to_app(client_pk)


@clients.post("/admin/apps/<uuid:client_pk>/vouch/withdraw")
@requires("update", "client")
def withdraw(client_pk: UUID) -> Response:
    """People are told again that it is unverified."""
    with unit_of_work() as uow:
        withdraw_vouching(uow, client_pk)
    flash("People are told again that it is unverified")
    return to_app(client_pk)
