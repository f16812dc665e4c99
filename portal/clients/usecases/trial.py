"""Apps of a trial: put in place by the command line, as often as the trial begins anew."""

from sqlalchemy import delete

from portal.clients.models import Client, ClientSecret
from portal.clients.repository import Clients
from portal.clients.rules import preset_of
from portal.clients.schemas import EditClient, RegisterClient
from portal.clients.schemas.trial import TrialClient
from portal.clients.usecases.protocol import edit_protocol
from portal.clients.usecases.registration import delete_client, register_client
from portal.clients.usecases.settings import edit_client
from portal.infra.crypto.digests import TokenKind, parse
from portal.infra.unit_of_work import UnitOfWork


def place_client(uow: UnitOfWork, wish: TrialClient) -> Client:
    """An app that everyone may use; one that has its id already goes, with all that was issued to it.

    Raises:
        Invalid: settings that contradict each other, as in the console.
    """
    known = Clients(uow.session).by_client_id(wish.client_id)
    if known is not None:
        delete_client(uow, known.id)
        uow.session.flush()
    new = RegisterClient(
        client_name=wish.client_name,
        kind=wish.kind,
        redirect_uris=wish.redirect_uris,
        post_logout_redirect_uris=wish.post_logout_redirect_uris,
        audience="everyone",
    )
    client = register_client(uow, new).client
    client.client_id = wish.client_id
    edit_protocol(uow, client.id, wish)
    edit_client(uow, client.id, _settings(wish, client))
    _give_known_secret(uow, client, wish.secret)
    return client


def _settings(wish: TrialClient, client: Client) -> EditClient:
    return EditClient(
        client_name=wish.client_name,
        redirect_uris=wish.redirect_uris,
        post_logout_redirect_uris=wish.post_logout_redirect_uris,
        scopes=wish.scopes or list(preset_of(wish.kind).scopes),
        id_token_signed_response_alg=client.id_token_signed_response_alg,
        require_pkce=client.require_pkce,
        require_consent=wish.require_consent,
        logo_uri=wish.logo_uri,
        policy_uri=wish.policy_uri,
        tos_uri=wish.tos_uri,
    )


def _give_known_secret(uow: UnitOfWork, client: Client, text: str | None) -> None:
    """In place of the one that was made with the app and that nobody has seen."""
    uow.session.execute(delete(ClientSecret).where(ClientSecret.client_pk == client.id))
    parsed = parse(TokenKind.CLIENT_SECRET, text) if text else None
    if parsed is not None:
        secret = ClientSecret(id=parsed.id, client_pk=client.id, digest=parsed.digest, created_at=uow.now)
        uow.session.add(secret)
