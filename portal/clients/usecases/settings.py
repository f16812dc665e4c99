"""What an administrator may change about a registered app."""

from uuid import UUID

from portal.clients.events import ClientAccessChanged, ClientDisabled, ClientEdited, ClientEnabled
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.clients.rules import ACCESS_CLAIMS, SCOPES, Preset, preset_of
from portal.clients.rules.api_scopes import API_SCOPES
from portal.clients.schemas import ClientAccess, EditClient
from portal.clients.services import check_addresses, kind_of, set_audience
from portal.clients.services.protocol import problems_of, refuse_new_problems
from portal.infra.errors import Invalid
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork


def edit_client(uow: UnitOfWork, client_pk: UUID, form: EditClient) -> Client:
    """Nothing is published where nothing changed.

    Raises:
        ClientNotFound: there is no such app.
        Invalid: something that an app of its kind can't have.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    kind = kind_of(client)
    check_addresses(
        kind, redirect_uris=form.redirect_uris, post_logout_redirect_uris=form.post_logout_redirect_uris
    )
    _check_protocol(preset_of(kind), form, speaks_for_people=client.speaks_for_people)
    before, known = client.describe(), problems_of(uow, client)
    client.client_name = form.client_name
    client.redirect_uris = list(form.redirect_uris)
    client.post_logout_redirect_uris = list(form.post_logout_redirect_uris)
    client.scope = " ".join(scope for scope in (*SCOPES, *API_SCOPES) if scope in form.scopes)
    client.access_claims = [claim for claim in ACCESS_CLAIMS if claim in form.access_claims] or None
    client.token_endpoint_auth_method = form.token_endpoint_auth_method or client.token_endpoint_auth_method
    client.id_token_signed_response_alg = form.id_token_signed_response_alg
    client.require_pkce = form.require_pkce
    client.require_consent = form.require_consent
    client.client_uri, client.logo_uri = form.client_uri, form.logo_uri
    client.policy_uri, client.tos_uri = form.policy_uri, form.tos_uri
    refuse_new_problems(uow, client, known=known)
    changed_from, changed_to = changes(before, client.describe())
    if changed_to:
        client.updated_at = uow.now
        uow.publish(ClientEdited(touched=(client.ref,), before=changed_from, after=changed_to))
    return client


def set_client_access(uow: UnitOfWork, client_pk: UUID, form: ClientAccess) -> Client:
    """Who may use the app from the next sign-in on.

    Raises:
        ClientNotFound: there is no such app.
        Invalid: a role or group that is gone, or an app that nobody signs in to.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    if not client.signs_people_in:
        raise Invalid("Nobody signs in to a service, so there is nobody to choose.", code="client_service")
    everyone = form.audience == "everyone"
    earlier, audience = set_audience(
        uow,
        client,
        role_ids=[] if everyone else form.role_ids,
        group_ids=[] if everyone else form.group_ids,
    )
    before, after = changes(
        {"everyone_may_use": client.everyone_may_use, **earlier.describe()},
        {"everyone_may_use": everyone, **audience.describe()},
    )
    if after:
        client.everyone_may_use, client.updated_at = everyone, uow.now
        moved = sorted({*earlier.refs} ^ {*audience.refs})
        uow.publish(ClientAccessChanged(touched=(client.ref, *moved), before=before, after=after))
    return client


def disable_client(uow: UnitOfWork, client_pk: UUID) -> Client:
    """Shut the app out until somebody enables it again; its settings and secrets stay, and what people agreed to. What
    it was issued ends with the commit, for good.

    Raises:
        ClientNotFound: there is no such app.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    if client.is_active:
        client.disable(at=uow.now)
        uow.publish(
            ClientDisabled(touched=(client.ref,), before={"is_active": True}, after={"is_active": False})
        )
    return client


def enable_client(uow: UnitOfWork, client_pk: UUID) -> Client:
    """Let the app ask again. Of what it held before, nothing comes back.

    Raises:
        ClientNotFound: there is no such app.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    if not client.is_active:
        client.enable(at=uow.now)
        uow.publish(
            ClientEnabled(touched=(client.ref,), before={"is_active": False}, after={"is_active": True})
        )
    return client


def _check_protocol(preset: Preset, form: EditClient, *, speaks_for_people: bool) -> None:
    """Combinations that contradict the kind of app are refused, not mended (ASVS 5.0 2.2.3)."""
    if form.token_endpoint_auth_method not in {None, *preset.auth_methods}:
        raise Invalid("An app of this kind can't prove itself that way.", field="token_endpoint_auth_method")
    if not form.require_pkce and not preset.keeps_secrets:
        raise Invalid("An app without a secret needs PKCE.", field="require_pkce")
    if form.scopes and not (preset.signs_people_in or speaks_for_people):
        raise Invalid("A service speaks for nobody, so it has no scopes about people.", field="scopes")
    untold = [claim for claim in form.access_claims if claim not in form.scopes]
    if untold:
        raise Invalid(f"Let it ask for {untold[0]} first.", field="access_claims")
