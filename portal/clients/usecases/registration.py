"""How an app comes and goes."""

import secrets
from dataclasses import dataclass, field
from uuid import UUID

from portal.clients.events import ClientDeleted, ClientRegistered
from portal.clients.models import Client
from portal.clients.repository import Clients
from portal.clients.rules import preset_of
from portal.clients.schemas import RegisterClient
from portal.clients.services import check_addresses, give_secret, set_audience
from portal.infra.unit_of_work import UnitOfWork

CLIENT_ID_BYTES = 12


@dataclass(frozen=True)
class RegisteredClient:
    """The new app, and its secret for the only time that anybody can read it; None where the kind has none."""

    client: Client
    secret: str | None = field(repr=False)


def register_client(uow: UnitOfWork, form: RegisterClient) -> RegisteredClient:
    """Nobody may use it until somebody is chosen: without a role, a group or "everyone", it stays closed.

    Raises:
        Invalid: an address that an app of this kind can't have, or a role or group that is gone.
    """
    check_addresses(
        form.kind,
        redirect_uris=form.redirect_uris,
        post_logout_redirect_uris=form.post_logout_redirect_uris,
    )
    preset = preset_of(form.kind)
    client = Client(
        client_id=secrets.token_hex(CLIENT_ID_BYTES),
        client_name=form.client_name,
        kind=form.kind,
        token_endpoint_auth_method=preset.token_endpoint_auth_method,
        redirect_uris=list(form.redirect_uris),
        post_logout_redirect_uris=list(form.post_logout_redirect_uris),
        grant_types=list(preset.grant_types),
        response_types=list(preset.response_types),
        scope=" ".join(preset.scopes),
        id_token_signed_response_alg=preset.id_token_signed_response_alg,
        require_pkce=preset.require_pkce,
        switches=preset.switches.document(),
        everyone_may_use=preset.signs_people_in and form.audience == "everyone",
        created_at=uow.now,
        updated_at=uow.now,
    )
    uow.session.add(client)
    uow.session.flush()
    is_chosen = preset.signs_people_in and form.audience == "roles"
    _, audience = set_audience(
        uow,
        client,
        role_ids=form.role_ids if is_chosen else [],
        group_ids=form.group_ids if is_chosen else [],
    )
    issued = give_secret(uow, client) if client.uses_secret else None
    after = client.describe() | audience.describe()
    uow.publish(ClientRegistered(touched=(client.ref, *audience.refs), after=after))
    return RegisteredClient(client, issued.text if issued else None)


def delete_client(uow: UnitOfWork, client_pk: UUID) -> None:
    """Its secrets, and the grants, codes and tokens of everybody who used it, go with it.

    Raises:
        ClientNotFound: there is no such app.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    uow.publish(ClientDeleted(touched=(client.ref,), before=client.describe()))
    uow.session.delete(client)
