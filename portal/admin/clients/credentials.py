"""What an app needs to connect: its id, its secret (shown once), settings to copy, and whether it has
worked.
"""

from typing import Final
from uuid import UUID

from flask import Response, flash, request
from wtforms import SelectField

from portal.admin.clients.blueprint import app_page, clients, to_app
from portal.admin.console import now, page
from portal.clients.repository import Client, Clients, ClientSecrets
from portal.clients.schemas import RotateSecret
from portal.clients.usecases import revoke_secret, rotate_secret
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.shown_once import keep_for_next_page, take

MOST_LOOKS: Final = 200
"""Ten minutes at one look in three seconds; whoever still waits then can reload the page."""

OVERLAPS: Final = {
    "86400": "For one more day",
    "3600": "For one more hour",
    "604800": "For one more week",
    "0": "Not any more",
}


class RotationForm(SchemaForm[RotateSecret]):
    """How long the present secrets go on working."""

    schema = RotateSecret

    overlap_seconds = SelectField(
        "The present secret works", choices=OVERLAPS, validate_choice=False, coerce=int
    )


@clients.get("/admin/apps/<uuid:client_pk>/connect")
@requires("read", "client")
def connect(client_pk: UUID) -> Response:
    """Settings to copy into the app. A secret that was made a moment ago is among them, once."""
    with reading() as session:
        client, is_closed = _first_sign_in(Clients(session), client_pk)
    secret = take(client_pk)
    return app_page(
        "connect",
        client,
        tab="connect",
        secret=secret,
        issuer=current_portal().settings.base_url,
        settings_text=_settings_text(client, secret),
        is_closed=is_closed,
        looks=0,
        most_looks=MOST_LOOKS,
    )


@clients.get("/admin/apps/<uuid:client_pk>/first-sign-in")
@requires("read", "client")
def first_sign_in(client_pk: UUID) -> Response:
    """What the page above asks again and again until somebody has signed in, but not for ever."""
    looks = request.args.get("looks", 0, type=int)
    with reading() as session:
        client, is_closed = _first_sign_in(Clients(session), client_pk)
    return page(
        "admin/clients/first_sign_in.html",
        "waiting",
        client=client,
        is_closed=is_closed,
        looks=max(0, min(looks + 1, MOST_LOOKS)),
        most_looks=MOST_LOOKS,
    )


@clients.route("/admin/apps/<uuid:client_pk>/secret", methods=["GET", "POST"])
@requires("update", "client")
def rotate(client_pk: UUID) -> Response:
    """A new secret beside the present ones."""
    with reading() as session:
        client = Clients(session).get(client_pk)
        secrets = ClientSecrets(session).live_of(client_pk, at=now())
    form = RotationForm()
    wish = form.parse()
    if wish is not None:
        with unit_of_work() as uow:
            issued = rotate_secret(uow, client_pk, wish)
        keep_for_next_page(client_pk, issued.text)
        flash("The new secret is below")
        return to_app(client_pk, "connect")
    return app_page("rotate", client, tab="detail", status=form.status, form=form, secrets=secrets)


@clients.route("/admin/apps/<uuid:client_pk>/secrets/<uuid:secret_id>/revoke", methods=["GET", "POST"])
@requires("update", "client")
def revoke(client_pk: UUID, secret_id: UUID) -> Response:
    """Asks first: from then on nothing that still uses the secret gets in."""
    if request.method == "POST":
        with unit_of_work() as uow:
            revoke_secret(uow, client_pk, secret_id)
        flash("The secret is revoked")
        return to_app(client_pk)
    with reading() as session:
        client = Clients(session).get(client_pk)
        secrets = ClientSecrets(session).live_of(client_pk, at=now())
    return app_page("revoke", client, tab="detail", secrets=secrets, secret_id=secret_id)


def _first_sign_in(apps: Clients, client_pk: UUID) -> tuple[Client, bool]:
    """The app, and whether nobody may use it, so that waiting is in vain."""
    client = apps.get(client_pk)
    return client, not client.everyone_may_use and not apps.audience_of(client_pk)


def _settings_text(client: Client, secret: str | None) -> str:
    """What a generic OpenID client asks for, one setting a line."""
    issuer = current_portal().settings.base_url
    lines = [f"OIDC_ISSUER={issuer}", f"OIDC_CLIENT_ID={client.client_id}"]
    if client.uses_secret:
        lines.append(f"OIDC_CLIENT_SECRET={secret or '(the secret that you kept)'}")
    if not client.is_public:
        lines.append(f"OIDC_CLIENT_AUTH={client.token_endpoint_auth_method}")
    if client.signs_people_in:
        lines.append(
            f"OIDC_SCOPES={' '.join(name for name in client.scope.split() if name != 'offline_access')}"
        )
        lines.extend(f"OIDC_REDIRECT_URI={uri}" for uri in client.redirect_uris[:1])
    else:
        lines.append(f"OAUTH_TOKEN_URL={issuer}/oauth2/token")
    return "\n".join(lines)
