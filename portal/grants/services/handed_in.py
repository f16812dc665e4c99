"""A token that an app hands in to get another one for it: what it says, and what stands behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy.orm import Session

from portal.clients.rules.switches import Switches
from portal.clients.snapshots import ClientSnapshots
from portal.grants.repository.standings import AccessStanding
from portal.grants.repository.tokens import AccessTokens
from portal.grants.rules.holdings import first_of
from portal.grants.rules.scopes import scopes_of
from portal.grants.services.issued import AccessToken
from portal.grants.services.tokens import Issuer
from portal.infra.crypto.jose import TokenRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A genuine token that counts now. `standing` is None for one with which an app speaks for itself."""

    client_id: str
    """Whom it was issued to."""
    scope: tuple[str, ...]
    resources: tuple[str, ...]
    """Whom it is for, beside the portal."""
    confirmation: Mapping[str, Any]
    """The key that whoever hands it in has to prove."""
    expires_at: datetime
    standing: AccessStanding | None
    jti: str | None = None
    actor: Mapping[str, Any] | None = None
    may_act: object = None
    authorization_details: tuple[Mapping[str, Any], ...] = ()
    is_of_session: bool = True
    """Whether it ends with its session, whatever else comes of the sign-in."""

    @classmethod
    def of_access_token(cls, token: AccessToken, standing: AccessStanding | None, *, issuer: str) -> Self:
        """Of an access token that has been looked up."""
        scope = scopes_of(token.scope) or ()
        return cls(
            client_id=token.client_id,
            scope=scope,
            resources=tuple(one for one in token.audience if one != issuer),
            confirmation=token.confirmation,
            expires_at=datetime.fromtimestamp(token.expires_at, UTC),
            standing=standing,
            jti=token.jti,
            actor=token.actor,
            may_act=token.may_act,
            authorization_details=token.authorization_details,
            is_of_session=standing is not None
            and standing.family.session_id is not None
            and not standing.is_offline,
        )

    @property
    def user_id(self) -> UUID | None:
        """Whom it is about; None for an app."""
        return None if self.standing is None else self.standing.family.user_id


def read_id_token(
    session: Session, issuer: Issuer, clients: ClientSnapshots, text: str, *, at: datetime
) -> HandedIn | None:
    """An ID token of ours that is in time, whose session is open and whose sign-in still has tokens; else None.

    It says nothing about scope and key, so those of the tokens that it came with count. Of an app whose access tokens
    are always bound there is none: whoever finds it in a log would have a way around that.
    """
    try:
        token = issuer.read_id_token(text, at=at)
    except TokenRefused:
        return None
    family_id, ends = token.family_id, token.expires_at
    if family_id is None or token.session_id is None or ends is None:
        return None
    standing = AccessTokens(session).standing(family_id, jti="", at=at)
    client = clients.find(token.client_id)
    if standing is None or client is None or _binds(client.switches) or standing.end_of(at=at):
        return None
    family = standing.family
    if not standing.session_lives(at=at) or token.subject != issuer.subject_of(client, family.user_id):
        return None
    return HandedIn(
        client_id=token.client_id,
        scope=scopes_of(family.scope) or (),
        resources=tuple(family.resources or ()),
        confirmation=family.confirmation or {},
        expires_at=first_of(datetime.fromtimestamp(ends, UTC), standing.life.session_expires_at) or at,
        standing=standing,
        actor=family.actor,
        may_act=token.may_act,
        authorization_details=tuple((family.authorization_details or {}).get("details", ())),
    )


def _binds(switches: Switches) -> bool:
    return switches.dpop_bound_access_tokens or switches.tls_client_certificate_bound_access_tokens
