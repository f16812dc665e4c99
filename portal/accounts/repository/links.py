"""Questions about sign-ups that wait for their proof, and about mailed links."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Update, func, literal, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import MailedToken, MailedTokenPurpose, PendingSignUp
from portal.infra.repository import FORGET_AT_ONCE, forget_some


class PendingSignUps:
    """Sign-ups that wait for proof of their address. Each step that counts is one atomic statement."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, sign_up_id: UUID) -> PendingSignUp | None:
        return self._session.get(PendingSignUp, sign_up_id)

    def latest_of(self, browser_digest: bytes, *, at: datetime) -> PendingSignUp | None:
        """What this browser asked for last and has not finished."""
        query = (
            select(PendingSignUp)
            .where(PendingSignUp.browser_digest == browser_digest, *_open_at(at))
            .order_by(PendingSignUp.id.desc())
            .limit(1)
        )
        return self._session.scalar(query)

    def ask_mail(
        self, sign_up_id: UUID, *, at: datetime, wait: timedelta, lifetime: timedelta, most: int
    ) -> bool:
        """Take one more mail from the allowance, unless it is used up or the last one was just now.

        The tries begin anew here and not in the mail, which an address that has an account never gets.
        """
        return self._step(
            update(PendingSignUp)
            .where(
                PendingSignUp.id == sign_up_id,
                PendingSignUp.mails < most,
                PendingSignUp.mail_asked_at <= at - wait,
                *_open_at(at),
            )
            .values(mails=PendingSignUp.mails + 1, mail_asked_at=at, expires_at=at + lifetime, tries=0)
        )

    def take_try(self, sign_up_id: UUID, *, at: datetime, most: int) -> bool:
        """Take a try before the proof is looked at: however many come at once, `most` are looked at."""
        return self._step(
            update(PendingSignUp)
            .where(PendingSignUp.id == sign_up_id, PendingSignUp.tries < most, *_open_at(at))
            .values(tries=PendingSignUp.tries + 1)
        )

    def mails_to(self, email: str, *, at: datetime) -> int:
        """How many mails were asked for to this address, by whomever, in sign-ups that have not run out."""
        query = select(func.coalesce(func.sum(PendingSignUp.mails), 0)).where(
            PendingSignUp.expires_at > at, func.lower(PendingSignUp.email) == email.lower()
        )
        return self._session.scalar(query) or 0

    def complete(self, sign_up_id: UUID, *, at: datetime) -> bool:
        """Use it up; true for one caller only. The hash has moved on to the account and goes."""
        return self._step(
            update(PendingSignUp)
            .where(PendingSignUp.id == sign_up_id, *_open_at(at))
            .values(completed_at=at, password_hash="", link_digest=None, code_digest=None)
        )

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._session, PendingSignUp.id, PendingSignUp.expires_at < at, most=most)

    def _step(self, statement: Update) -> bool:
        return _met_its_row(self._session, statement)


class MailedTokens:
    """Single-use links."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, token_id: UUID) -> MailedToken | None:
        return self._session.get(MailedToken, token_id)

    def count_since(self, since: datetime, *, user_id: UUID, purpose: MailedTokenPurpose) -> int:
        query = select(func.count()).where(
            MailedToken.user_id == user_id, MailedToken.purpose == purpose, MailedToken.created_at > since
        )
        return self._session.scalar(query) or 0

    def replace_older(self, *, user_id: UUID, purpose: MailedTokenPurpose, at: datetime) -> None:
        """End every link of the purpose that still works: a newer one is about to be mailed."""
        self._session.execute(
            update(MailedToken)
            .where(
                MailedToken.user_id == user_id,
                MailedToken.purpose == purpose,
                MailedToken.redeemed_at.is_(None),
                MailedToken.expires_at > at,
            )
            .values(expires_at=at)
        )

    def redeem(self, token_id: UUID, *, at: datetime) -> bool:
        """Use the link up; true for one caller only."""
        return _met_its_row(
            self._session,
            update(MailedToken)
            .where(MailedToken.id == token_id, MailedToken.redeemed_at.is_(None), MailedToken.expires_at > at)
            .values(redeemed_at=at),
        )

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._session, MailedToken.id, MailedToken.expires_at < at, most=most)


def _open_at(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return PendingSignUp.completed_at.is_(None), PendingSignUp.expires_at > at


def _met_its_row(session: Session, statement: Update) -> bool:
    return session.execute(statement.returning(literal(1))).first() is not None
