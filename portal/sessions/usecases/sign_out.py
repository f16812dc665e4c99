"""Signing out: here, in another browser, everywhere."""

from uuid import UUID

from portal.accounts.errors import UserNotFound
from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.infra.unit_of_work import UnitOfWork
from portal.sessions.errors import SessionNotFound
from portal.sessions.models import Session
from portal.sessions.repository import Sessions
from portal.sessions.services import EndReason, end


def end_session(
    uow: UnitOfWork, session_id: UUID, *, user_id: UUID, reason: EndReason = "signed_out"
) -> Session:
    """End one session of this person; nobody reaches another's by its id.

    Raises:
        SessionNotFound: of another person, or ended before.
    """
    session = Sessions(uow.session).get(session_id)
    if session is None or session.user_id != user_id or session.ended_at is not None:
        raise SessionNotFound
    end(uow, session, _user(uow, user_id).ref, reason)
    return session


def end_other_sessions(uow: UnitOfWork, user_id: UUID, *, keep: UUID) -> int:
    """End every session of this person but one; how many there were."""
    return _end_all(uow, user_id, reason="signed_out_elsewhere", keep=keep)


def end_all_sessions(uow: UnitOfWork, user_id: UUID, *, reason: EndReason = "ended_by_operator") -> int:
    """End every session of this person; how many there were.

    Raises:
        UserNotFound
    """
    return _end_all(uow, user_id, reason=reason)


def _end_all(uow: UnitOfWork, user_id: UUID, *, reason: EndReason, keep: UUID | None = None) -> int:
    user = _user(uow, user_id)
    lasting = Sessions(uow.session).lasting_of(user_id, at=uow.now)
    ending = [session for session in lasting if session.id != keep]
    for session in ending:
        end(uow, session, user.ref, reason)
    return len(ending)


def _user(uow: UnitOfWork, user_id: UUID) -> User:
    user = Users(uow.session).get(user_id)
    if user is None:
        raise UserNotFound
    return user
