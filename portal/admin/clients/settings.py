"""The settings of an app that may change; which of them there are follows from its kind."""

from typing import Final
from uuid import UUID

from flask import Response, flash
from wtforms import BooleanField, SelectMultipleField, StringField, TextAreaField

from portal.admin.clients import switch_words
from portal.admin.clients.blueprint import app_page, clients, to_app
from portal.clients.repository import Client, Clients
from portal.clients.rules import ACCESS_CLAIMS, SCOPES, preset_of
from portal.clients.rules.api_scopes import API_SCOPES, WORDS
from portal.clients.schemas import EditClient
from portal.clients.services import kind_of
from portal.clients.usecases import edit_client
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.infra.errors import Invalid

SCOPE_HINTS: Final = {
    "openid": "Who is there; without it the app only gets tokens",
    "profile": "Name, username, picture, language",
    "email": "Email address, and whether it is verified",
    "offline_access": "Stay connected while the person is away",
    "roles": "The roles that the person holds here, given or through a group",
    "groups": "The groups that the person is in",
    "permissions": "What the person may do, of resources other than the portal's own, where no condition is on it",
}
ACCESS_CLAIM_LABELS: Final = {"roles": "Roles", "groups": "Groups", "permissions": "Permissions"}


class SettingsForm(SchemaForm[EditClient]):
    """Everything that may change; the kind leaves some of it out."""

    schema = EditClient

    client_name = StringField("Name")
    redirect_uris = TextAreaField("Redirect URIs")
    post_logout_redirect_uris = TextAreaField("Sign-out addresses")
    scopes = SelectMultipleField(
        "What it may ask for", choices={name: name for name in (*SCOPES, *API_SCOPES)}, validate_choice=False
    )
    access_claims = SelectMultipleField(
        "Also in its tokens",
        choices={claim: ACCESS_CLAIM_LABELS[claim] for claim in ACCESS_CLAIMS},
        validate_choice=False,
    )
    require_consent = BooleanField("Asks people for consent")
    client_uri = StringField("Home page")
    logo_uri = StringField("Logo")
    policy_uri = StringField("Privacy page")
    tos_uri = StringField("Terms page")

    def fit(self, client: Client) -> None:
        """Leave out what an app of its kind does not have."""
        if not preset_of(kind_of(client)).signs_people_in:
            for name in (
                "redirect_uris", "post_logout_redirect_uris", "access_claims", "require_consent",
            ):  # fmt: skip
                del self[name]
            if not client.speaks_for_people:
                del self["scopes"]


@clients.route("/admin/apps/<uuid:client_pk>/settings", methods=["GET", "POST"])
@requires("update", "client")
def settings(client_pk: UUID) -> Response:
    """The form, filled in with what holds now."""
    with reading() as session:
        client = Clients(session).get(client_pk)
    form = SettingsForm(data=_as_form(client))
    form.fit(client)
    wish = form.parse()
    if wish is not None:
        try:
            with unit_of_work() as uow:
                edit_client(uow, client_pk, _with_protocol(wish, client))
        except Invalid as problem:
            form.reject(problem)
        else:
            flash("Saved the settings")
            return to_app(client_pk)
    return app_page(
        "settings",
        client,
        tab="settings",
        status=form.status,
        form=form,
        group="general",
        scope_hints={**SCOPE_HINTS, **WORDS},
        scopes=SCOPES,
        api_scopes=API_SCOPES,
        say=switch_words,
    )


def _with_protocol(wish: EditClient, client: Client) -> EditClient:
    """What is set on other pages stays as it is."""
    kept = {name: getattr(client, name) for name in ("id_token_signed_response_alg", "require_pkce")}
    return wish.model_copy(update=kept)


def _as_form(client: Client) -> dict[str, object]:
    """What holds now, with lists as a form shows them."""
    return client.describe() | {
        "redirect_uris": "\n".join(client.redirect_uris),
        "post_logout_redirect_uris": "\n".join(client.post_logout_redirect_uris),
        "scopes": client.scope.split(),
    }
