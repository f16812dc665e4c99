"""A token that came back: read, and looked up in one statement."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias
from uuid import UUID

from portal.clients.snapshots import ClientSnapshot
from portal.grants.repository.holdings import holdings_of
from portal.grants.repository.opaque_tokens import OpaqueTokens
from portal.grants.repository.standings import AccessStanding
from portal.grants.repository.tokens import AccessTokens, RefreshTokens, StoredRefreshToken
from portal.grants.rules.claims import access_claims_of
from portal.grants.rules.holdings import Holdings
from portal.grants.services import AccessToken
from portal.http.context import current_portal
from portal.infra.crypto.jose import TokenRefused
from portal.infra.plain_rows import Asker
from portal.oauth.adapters import PresentedRefreshToken

NOTHING: Final = Holdings(())


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAccessToken:
    """An access token that counts now. `standing` is None for a client's own token."""

    token: AccessToken
    standing: AccessStanding | None
    held: Holdings = NOTHING
    """What the person holds now, as far as the token or whoever asked for it speaks of it."""

    @property
    def client_version(self) -> datetime | None:
        """What its client's copy must be like; unknown for a client's own token."""
        return self.standing.life.client_version if self.standing else None

    def check_client(self, client: ClientSnapshot) -> bool:
        return self.token.client_id == client.client_id

    def is_for(self, client: ClientSnapshot) -> bool:
        """Whether its audience names the client: by its id, or by an address of an API that it is."""
        return not {client.client_id, *client.switches.protected_resources}.isdisjoint(self.token.audience)

    def get_scope(self) -> str:
        return self.token.scope

    def is_expired(self) -> bool:
        """As Authlib asks; it was in time when it was read."""
        return False

    def is_revoked(self) -> bool:
        """As Authlib asks; it was looked up when it was read."""
        return False


Presented: TypeAlias = LiveAccessToken | PresentedRefreshToken
GivenBack: TypeAlias = AccessToken | StoredRefreshToken


def live_access_token(
    text: str, session: Asker, *, at: datetime, will_tell: bool = False
) -> LiveAccessToken | None:
    """The token, if it is ours, in time, everything behind it still stands, and all that it says of the person is
    still so: checked at every use. `will_tell` reads what its scope gives too.
    """
    token = _read(text, session, at=at)
    if token is None:
        return None
    tokens = AccessTokens(session)
    if token.family_id is None:
        client = current_portal().clients.find(token.client_id)
        issued_at = datetime.fromtimestamp(token.issued_at, UTC)
        is_live = client is not None and tokens.of_client_is_live(
            client.id, jti=token.jti, issued_at=issued_at
        )
        return LiveAccessToken(token=token, standing=None) if is_live else None
    standing = tokens.standing(token.family_id, jti=token.jti, at=at)
    if standing is None or not _is_about(token, standing.family.user_id) or standing.end_of(at=at):
        return None
    held = _held(session, token, standing, at=at, will_tell=will_tell)
    return LiveAccessToken(token=token, standing=standing, held=held) if held.bears_out(token.told) else None


def is_of_disabled_person(text: str, session: Asker, *, at: datetime) -> bool:
    """Whether a token that does not count is genuine, in time, and of somebody whose account is disabled."""
    token = _read(text, session, at=at)
    if token is None or token.family_id is None:
        return False
    standing = AccessTokens(session).standing(token.family_id, jti=token.jti, at=at)
    return standing is not None and not standing.user.is_active


def _read(text: str, session: Asker, *, at: datetime) -> AccessToken | None:
    """The token, if it is ours and in time, whatever has become of what it rests on."""
    issuer = current_portal().issuer
    try:
        kept = OpaqueTokens(session).claims_of(text)
        return issuer.read_access_token(text, at=at) if kept is None else issuer.understand(kept, at=at)
    except TokenRefused:
        return None


def _is_about(token: AccessToken, user_id: UUID) -> bool:
    """Whether the token's `sub` is a name of the family's person: the public one, or that for the token's client."""
    if token.subject == str(user_id):
        return True
    portal = current_portal()
    client = portal.clients.find(token.client_id)
    return client is not None and token.subject == portal.issuer.subject_of(client, user_id)


def presented_token(text: str, session: Asker, *, at: datetime) -> Presented | None:
    """Whatever kind of token this is: its form tells, so no hint is needed, and a wrong one does no harm."""
    stored = RefreshTokens(session).find(text, at=at)
    return PresentedRefreshToken(stored) if stored is not None else live_access_token(text, session, at=at)


def given_back_by(client: ClientSnapshot, text: str, session: Asker, *, at: datetime) -> GivenBack | None:
    """The token of this client, also one that only rests: what is closed to its person now may open again."""
    stored = RefreshTokens(session).find(text, at=at)
    if stored is not None:
        return stored if stored.family.client_pk == client.id else None
    token = _read(text, session, at=at)
    return token if token is not None and token.client_id == client.client_id else None


def token_for(client: ClientSnapshot, text: str, session: Asker, *, at: datetime) -> Presented | None:
    """The token, if it was issued to this client, or is an access token for it: an API may ask about what it is shown
    (RFC 7662 section 4).
    """
    token = presented_token(text, session, at=at)
    is_its_own = token is not None and token.check_client(client)
    is_for_it = isinstance(token, LiveAccessToken) and token.is_for(client)
    return token if is_its_own or is_for_it else None


def _held(
    session: Asker, token: AccessToken, standing: AccessStanding, *, at: datetime, will_tell: bool
) -> Holdings:
    family = standing.family
    claims = set(token.told)
    if will_tell:
        claims |= access_claims_of(token.scope.split(), further=family.claims.get("userinfo", ()))
    if not claims:
        return NOTHING
    return holdings_of(session, family.user_id, family.client_pk, claims=claims, at=at)
