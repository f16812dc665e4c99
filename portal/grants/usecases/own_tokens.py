"""Tokens for whoever signs in at the portal's own APIs: a family of its own app, that ends with the session."""

from typing import Final
from uuid import UUID

from portal.accounts.services import User
from portal.clients.services import note_first_sign_in
from portal.clients.snapshots import ClientSnapshot
from portal.grants.events import TokensIssued, TokensRevoked
from portal.grants.models import TokenFamily
from portal.grants.repository.grants import Grants
from portal.grants.repository.tokens import Families
from portal.grants.services.chains import (
    Lifetimes,
    Refused,
    add_refresh_token,
    issued_of,
    save_family,
    touched_of,
)
from portal.grants.services.consents import Answer, remember
from portal.grants.services.foundations import foundation_of
from portal.grants.services.issued import Issued
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.services import open_session

GRANT_TYPE: Final = "sign_in"
"""As the audit log calls it; no request at the token endpoint can ask for it."""


def issue_own_tokens(uow: UnitOfWork, user: User, *, client: ClientSnapshot) -> Issued | Refused:
    """Open a session for a person who has just shown who they are without a browser; with it, everything that goes into
    their tokens.
    """
    scope = " ".join(client.scopes)
    standing = Grants(uow.session).standing(user.id, client.id, at=uow.now)
    if standing is None or not standing.may_use or not client.is_active:
        return Refused("client_closed")
    session = open_session(uow, user, is_program=True).session
    grant = remember(uow, client, user, Answer(scopes=client.scopes), is_first=standing.grant is None)
    lifetimes = Lifetimes.of(client, uow.ports.settings)
    family = TokenFamily(
        code_id=None,
        grant_id=grant.id,
        client_pk=client.id,
        user_id=user.id,
        session_id=session.id,
        security_epoch=user.security_epoch,
        scope=scope,
        auth_time=session.auth_time,
        amr=list(session.amr),
        acr=session.acr,
        created_at=uow.now,
        expires_at=min(uow.now + lifetimes.family, session.expires_at),
    )
    uow.session.flush()
    save_family(uow, family)
    foundation = foundation_of(uow.connection, family, is_open=standing.is_open, at=uow.now)
    if foundation is None:
        return Refused("client_closed")
    if standing.client_is_new:
        note_first_sign_in(uow, client.id)
    refresh_token = add_refresh_token(uow, family, foundation, lifetimes=lifetimes)
    touched = touched_of(client, user.id, user.username, grant.id)
    uow.publish(TokensIssued(touched=touched, details={"grant_type": GRANT_TYPE, "scope": scope}))
    return issued_of(uow, family, foundation, lifetimes=lifetimes, resources=(), refresh_token=refresh_token)


def give_back_family(uow: UnitOfWork, family_id: UUID, *, client: ClientSnapshot) -> None:
    """End everything that came of one sign-in to an app; nothing happens to what has ended already."""
    family = Families(uow.session).get(family_id)
    if family is not None and Families(uow.session).revoke(family_id, "given_back", at=uow.now):
        touched = touched_of(client, family.user_id, uow.actor.label or "", family.grant_id)
        uow.publish(TokensRevoked(touched=touched, details={"token_type": "refresh_token"}))
