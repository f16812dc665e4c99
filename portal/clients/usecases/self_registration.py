"""How an app comes by itself, changes what it said, and goes again (RFC 7591, RFC 7592)."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from portal.clients.errors import TooManyStrangers
from portal.clients.events import ClientMetadataChanged, ClientRegistered
from portal.clients.models import Client, InitialAccessToken
from portal.clients.repository import Clients, ClientSecrets
from portal.clients.rules import SCOPES
from portal.clients.rules.presets import SECRET_METHODS
from portal.clients.rules.registration import KNOWN_GRANTS, OPEN_GRANTS, SELF_SCOPES, Profile
from portal.clients.rules.switches import Switches
from portal.clients.schemas import ClientMetadata
from portal.clients.services import give_secret
from portal.clients.services.metadata import apply_metadata, check_own_addresses, profile_asked_for
from portal.clients.services.protocol import problems_of, refuse_new_problems
from portal.clients.services.sectors import check_sector
from portal.clients.usecases.initial_access import spend_initial_access
from portal.clients.usecases.registration import CLIENT_ID_BYTES
from portal.infra.crypto.digests import TokenKind, issue, parse, same
from portal.infra.errors import FieldProblem, Invalid
from portal.infra.events import Ref, changes
from portal.infra.ids import new_id
from portal.infra.unit_of_work import UnitOfWork

DAY: Final = timedelta(days=1)
STRANGERS_A_DAY: Final = 500
"""Apps that came with nothing to show, of those that are still there."""
SEEN: Final = ("client_name", "redirect_uris", "client_uri", "logo_uri", "policy_uri", "tos_uri")
"""What people go by when they trust an app."""


class Standing(Enum):
    """What an app brought along."""

    NOTHING = "nothing"
    TOKEN = "token"  # noqa: S105 - an initial access token
    STATEMENT = "statement"
    """A software statement of somebody whom the portal trusts, who vouches for it (RFC 7591 section 2.3)."""


@dataclass(frozen=True)
class SelfRegistered:
    """What the app gets: each of the two texts can be read this once. There is no `secret` where it needs none, or
    keeps the one that it has.
    """

    client: Client
    secret: str | None = field(repr=False)
    registration_token: str | None = field(repr=False)


def register_itself(
    uow: UnitOfWork,
    wish: ClientMetadata,
    *,
    initial_access: str | None = None,
    is_vouched: bool = False,
    sector: Collection[str] | None = None,
) -> SelfRegistered:
    """Everyone with an account may use such an app, once they have seen what it asks for; an administrator may narrow
    that. `sector` are the addresses that its sector identifier lists.

    Raises:
        InitialAccessRefused: the token lets nobody in.
        TooManyStrangers: it brought nothing, and so did too many others today.
        Invalid: something that no app, or none that comes like this, can have.
    """
    token = spend_initial_access(uow, initial_access) if initial_access is not None else None
    standing = Standing.STATEMENT if is_vouched else Standing.TOKEN if token else Standing.NOTHING
    if standing is Standing.NOTHING:
        make_room(uow)
    profile = judged(wish, standing, sector)
    client = new_stranger(uow, profile, is_vouched=is_vouched)
    apply_metadata(client, wish, profile, may_have=_scopes_of(standing))
    refuse_new_problems(uow, client)
    issued = issue(TokenKind.REGISTRATION, client.id)
    client.registration_digest = issued.digest
    uow.session.add(client)
    uow.session.flush()
    secret = give_secret(uow, client).text if profile.auth_method in SECRET_METHODS else None
    uow.publish(ClientRegistered(touched=_touched(client, token), after=client.describe()))
    return SelfRegistered(client, secret, issued.token)


def make_room(uow: UnitOfWork) -> None:
    """Count one more app that nobody knows.

    Raises:
        TooManyStrangers: there have been too many since yesterday.
    """
    uow.lock("clients.strangers")
    if Clients(uow.session).unvouched_since(uow.now - DAY) >= STRANGERS_A_DAY:
        raise TooManyStrangers(retry_after_seconds=3600)


def find_own(session: Session, client_id: str, registration_token: str) -> Client | None:
    """The app that this token is for, if it is the one that is asked about: A's token opens nothing of B's."""
    presented = parse(TokenKind.REGISTRATION, registration_token)
    if presented is None:
        return None
    client = Clients(session).find(presented.id)
    if client is None or client.client_id != client_id:
        return None
    return client if same(client.registration_digest, presented.digest) else None


def change_own_metadata(
    uow: UnitOfWork,
    client_pk: UUID,
    wish: ClientMetadata,
    *,
    is_vouched: bool = False,
    sector: Collection[str] | None = None,
) -> SelfRegistered:
    """Replace everything that the app says of itself. It gets a secret if it had none and needs one now; one that it
    no longer needs ends. Whoever vouched for it did so for what people see: if that changes, nobody has.

    Raises:
        ClientNotFound: it is gone.
        Invalid: something that it can't have.
    """
    client = Clients(uow.session).get_to_change(client_pk)
    before, known = client.describe(), problems_of(uow, client)
    # whatever it brought when it came: it keeps what that gave it, and gets no more
    standing = Standing.STATEMENT if is_vouched else Standing.NOTHING
    profile = judged(wish, standing, sector, had=client.grant_types)
    of_its_own = SCOPES if is_vouched else SELF_SCOPES
    scopes = (*of_its_own, *_kept_scopes(before["scope"], beyond=of_its_own))
    apply_metadata(client, wish, profile, may_have=scopes)
    client.require_pkce = client.require_pkce or profile.is_public
    refuse_new_problems(uow, client, known=known)
    looks_alike = all(before[name] == getattr(client, name) for name in SEEN)
    client.is_vouched = is_vouched or (client.is_vouched and looks_alike)
    secret = _fitting_secret(uow, client, profile)
    changed_from, changed_to = changes(before, client.describe())
    if changed_to or secret:
        client.updated_at = uow.now
        uow.publish(ClientMetadataChanged(touched=(client.ref,), before=changed_from, after=changed_to))
    return SelfRegistered(client, secret, None)


def judged(
    wish: ClientMetadata,
    standing: Standing,
    sector: Collection[str] | None,
    *,
    had: Collection[str] = (),
) -> Profile:
    """As what it is taken in, once its grants and addresses were found good.

    Raises:
        Invalid: they are not.
    """
    profile = profile_asked_for(wish)
    allowed = OPEN_GRANTS if standing is Standing.NOTHING else KNOWN_GRANTS
    for grant in profile.grant_types:
        if grant not in allowed and grant not in had:
            words = f"An app can't register itself for {grant} here; an administrator can give it"
            raise Invalid(words, fields=(FieldProblem("grant_types", "grant_not_open", words),))
    check_own_addresses(profile, wish)
    check_sector(wish.sector_identifier_uri, sector, redirect_uris=wish.redirect_uris)
    return profile


def new_stranger(uow: UnitOfWork, profile: Profile, *, is_vouched: bool) -> Client:
    """An app that is still empty. PKCE is mandatory for public ones only: older OpenID libraries do without, and have
    a nonce and a secret instead (RFC 9700 section 2.1.1).
    """
    return Client(
        id=new_id(),
        client_id=secrets.token_hex(CLIENT_ID_BYTES),
        client_name="",
        kind=profile.kind,
        token_endpoint_auth_method=profile.auth_method,
        require_pkce=profile.is_public,
        switches=Switches().document(),
        everyone_may_use=profile.kind != "service",
        registered_by="dynamic",
        is_vouched=is_vouched,
        created_at=uow.now,
        updated_at=uow.now,
    )


def _scopes_of(standing: Standing) -> Sequence[str]:
    """What it may ask people for; only who was vouched for may ask what they hold here."""
    return SCOPES if standing is Standing.STATEMENT else SELF_SCOPES


def _kept_scopes(scope: str, *, beyond: Collection[str]) -> tuple[str, ...]:
    """What an administrator has let it ask for meanwhile: what it may do here comes from nobody else."""
    return tuple(one for one in scope.split() if one not in beyond)


def _fitting_secret(uow: UnitOfWork, client: Client, profile: Profile) -> str | None:
    live = ClientSecrets(uow.session).live_of(client.id, at=uow.now)
    if profile.auth_method not in SECRET_METHODS:
        for secret in live:
            secret.revoke(at=uow.now)
        return None
    return None if live else give_secret(uow, client).text


def _touched(client: Client, token: InitialAccessToken | None) -> tuple[Ref, ...]:
    return (client.ref, token.ref) if token else (client.ref,)
