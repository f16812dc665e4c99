"""The registration endpoint (RFC 7591, OpenID Connect Registration 1.0) and each app's own address there (RFC 7592)."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Final

from authlib.oauth2 import OAuth2Error
from flask import Response, request

from portal.clients.errors import InitialAccessRefused
from portal.clients.repository import Client
from portal.clients.schemas import ClientMetadata
from portal.clients.services.metadata import metadata_of
from portal.clients.services.sectors import fetch_sector
from portal.clients.usecases.initial_access import initial_access_stands
from portal.clients.usecases.registration import delete_client
from portal.clients.usecases.self_registration import (
    SelfRegistered,
    change_own_metadata,
    find_own,
    register_itself,
)
from portal.grants.events import ClientRefused
from portal.http.context import current_portal, reading, unit_of_work
from portal.http.throttles import throttle
from portal.infra.actor import Actor
from portal.infra.rate_limit import CLIENT_REFUSED, REGISTER_APP
from portal.oauth import cors
from portal.oauth.client_authentication.methods import methods_offered
from portal.oauth.client_metadata import MetadataRefusedError, metadata_of_document
from portal.oauth.provider import acting_client, unknown_caller
from portal.oauth.refusals import protocol_errors
from portal.oauth.registration.reading import (
    TokenRefusedError,
    bearer_of,
    read_document,
    registration_errors,
)
from portal.oauth.registration.statements import MEMBER, with_statement
from portal.oauth.responses import json_answer

PATH: Final = "/oauth2/register"


@protocol_errors
@registration_errors
def register() -> Response:
    """201 with everything that was accepted, with the secret, and with the token for the app's own address here."""
    portal = current_portal()
    if portal.settings.client_registration == "closed":
        raise OAuth2Error(
            error="access_denied",
            description="Apps are registered by an administrator here.",
            status_code=403,
        )
    token = _admission()
    document, is_vouched = with_statement(read_document(request))
    wish = _wish_of(document)
    sector = _sector_of(wish)
    with unit_of_work(unknown_caller()) as uow:
        made = register_itself(uow, wish, initial_access=token, is_vouched=is_vouched, sector=sector)
        body = _told(made.client) | _once(made)
    if is_vouched:
        body[MEMBER] = document[MEMBER]
    return json_answer(body, 201)


@protocol_errors
@registration_errors
def manage(client_id: str) -> Response:
    """Read, replace or delete one's own registration."""
    token = bearer_of(request)
    if token is None:
        raise TokenRefusedError("The registration access token is missing.", error="invalid_request")
    match request.method:
        case "PUT":
            return _replace(client_id, token)
        case "DELETE":
            return _delete(client_id, token)
        case _:
            with reading() as session:
                client = _own(find_own(session, client_id, token), client_id)
            return json_answer({**_told(client), "registration_access_token": token})


def _replace(client_id: str, token: str) -> Response:
    with reading() as session:
        client = _own(find_own(session, client_id, token), client_id)
    document, is_vouched = with_statement(read_document(request))
    if document.get("client_id") != client_id:
        raise MetadataRefusedError("client_id: Send the client_id that you were given")
    _check_secret(client_id, document.get("client_secret"))
    wish = _wish_of(document)
    sector = _sector_of(wish)
    with unit_of_work(_acting(client)) as uow:
        client = _own(find_own(uow.session, client_id, token), client_id)
        made = change_own_metadata(uow, client.id, wish, is_vouched=is_vouched, sector=sector)
        body = _told(made.client) | _once(made)
    return json_answer({**body, "registration_access_token": token})


def _check_secret(client_id: str, sent: object) -> None:
    """Its own secret may come back with the rest of what it was told; nobody brings one (RFC 7592 section 2.2).

    Raises:
        MetadataRefusedError: it is another one.
    """
    if sent in (None, ""):
        return
    portal = current_portal()
    client, at = portal.clients.current(client_id), portal.ports.clock.now()
    if client is None or not isinstance(sent, str) or client.secret_behind(sent, at=at) is None:
        raise MetadataRefusedError("client_secret: Leave it out, or send the one that you were given")


def _delete(client_id: str, token: str) -> Response:
    with reading() as session:
        client = _own(find_own(session, client_id, token), client_id)
    with unit_of_work(_acting(client)) as uow:
        client = _own(find_own(uow.session, client_id, token), client_id)
        delete_client(uow, client.id)
    return Response(status=204, headers={"Cache-Control": "no-store"})


def _admission() -> str | None:
    """The initial access token, once it is known to stand; None where none is needed and none was sent.

    Raises:
        TokenRefusedError, InitialAccessRefused, Limited: nobody comes in like this.
    """
    portal, token = current_portal(), bearer_of(request)
    if token is None:
        if portal.settings.client_registration == "token":
            raise TokenRefusedError(
                "Registering an app needs an initial access token.", error="invalid_request"
            )
        throttle("register_app", REGISTER_APP)
        return None
    with reading() as session:
        if not initial_access_stands(session, token, at=portal.ports.clock.now()):
            raise InitialAccessRefused
    return token


def _wish_of(document: Mapping[str, Any]) -> ClientMetadata:
    """What the app says of itself, as far as it can work here.

    Raises:
        MetadataRefusedError: naming the first member that can't stand.
    """
    wish, offered = metadata_of_document(document), methods_offered(current_portal().settings)
    method = wish.token_endpoint_auth_method
    if method is not None and method not in offered:
        raise MetadataRefusedError(f"token_endpoint_auth_method: This portal offers {', '.join(offered)}")
    return wish


def _sector_of(wish: ClientMetadata) -> frozenset[str] | None:
    """What the app's sector identifier lists. The fetch happens outside of any transaction."""
    if wish.sector_identifier_uri is None:
        return None
    return fetch_sector(current_portal().ports.fetcher, wish.sector_identifier_uri)


def _own(client: Client | None, client_id: str) -> Client:
    """The app that was proved to speak.

    Raises:
        TokenRefusedError: the token is not for it; whether it exists does not show.
        OAuth2Error: an administrator has switched it off.
    """
    if client is None:
        throttle("client_refused", CLIENT_REFUSED)
        known = current_portal().clients.find(client_id)
        with unit_of_work(unknown_caller()) as uow:
            details = {"client_id": client_id[:64], "method": "registration_access_token"}
            touched = (known.ref,) if known else ()
            uow.publish(
                ClientRefused(touched=touched, reason="The token is not for this client.", details=details)
            )
        raise TokenRefusedError("The registration access token is not for this client.")
    if not client.is_active:
        raise OAuth2Error(
            error="access_denied", description="An administrator has disabled this app.", status_code=403
        )
    return client


def _acting(client: Client) -> Actor:
    snapshot = current_portal().clients.find(client.client_id)
    return acting_client(snapshot) if snapshot is not None else unknown_caller()


def _told(client: Client) -> dict[str, Any]:
    issuer = current_portal().settings.base_url
    return {**metadata_of(client), "registration_client_uri": f"{issuer}{PATH}/{client.client_id}"}


def _once(made: SelfRegistered) -> dict[str, Any]:
    """What is readable in this answer only. Secrets have no end of their own, which is said by 0."""
    told: dict[str, Any] = {}
    if made.secret is not None:
        told |= {"client_secret": made.secret, "client_secret_expires_at": 0}
    if made.registration_token is not None:
        told["registration_access_token"] = made.registration_token
    return told


def _readable(view: Callable[..., Response]) -> Callable[..., Response]:
    """Scripts of every site may call it and read the answer: an app that has yet to register is at no known one, and
    nothing here listens to cookies.
    """

    @wraps(view)
    def answered(**arguments: str) -> Response:
        response = view(**arguments)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate, X-Request-ID"
        return response

    return answered


def _preflight_for(methods: list[str]) -> Callable[..., Response]:
    def preflight(**_arguments: str) -> Response:
        return cors.preflight(", ".join(methods))

    return _readable(preflight)


_OWN: Final = f"{PATH}/<client_id>"
_OWN_METHODS: Final = ["GET", "PUT", "DELETE"]
ROUTES: Final[tuple[tuple[str, str, Callable[..., Response], list[str]], ...]] = (
    (PATH, "register", _readable(register), ["POST"]),
    (PATH, "register_preflight", _preflight_for(["POST"]), ["OPTIONS"]),
    (_OWN, "own_registration", _readable(manage), _OWN_METHODS),
    (_OWN, "own_registration_preflight", _preflight_for(_OWN_METHODS), ["OPTIONS"]),
)
