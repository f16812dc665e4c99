"""Questions about people."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Update, delete, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import MailedToken, MailedTokenPurpose, PendingSignUp, User
from portal.infra.repository import PAGE_SIZE, Page, keyset_page

UserState = Literal["active", "unverified", "disabled"]


class Users:
    """Everybody with an account. Names and addresses are looked up without regard to case."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, user_id: UUID) -> User | None:
        return self._session.get(User, user_id)

    def lock(self, user_id: UUID) -> User | None:
        """The person as of now, unchanged by anyone else until the end of this unit."""
        return self._session.get(User, user_id, with_for_update=True, populate_existing=True)

    def by_username(self, username: str) -> User | None:
        return self._session.scalar(select(User).where(func.lower(User.username) == username.lower()))

    def by_email(self, email: str) -> User | None:
        return self._session.scalar(select(User).where(func.lower(User.email) == email.lower()))

    def by_identifier(self, identifier: str) -> User | None:
        """By what a person types, folded by `rules.fold_identifier`. Only addresses hold an `@`."""
        return self.by_email(identifier) if "@" in identifier else self.by_username(identifier)

    def exists_by_username(self, username: str) -> bool:
        taken = select(exists().where(func.lower(User.username) == username.lower()))
        return self._session.scalar(taken) is True

    def exists_by_email(self, email: str) -> bool:
        taken = select(exists().where(func.lower(User.email) == email.lower()))
        return self._session.scalar(taken) is True

    def usernames_among(self, candidates: list[str]) -> set[str]:
        """Which of these lower-case names are taken."""
        taken = select(func.lower(User.username)).where(func.lower(User.username).in_(candidates))
        return set(self._session.scalars(taken))

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(User)) or 0

    def page(
        self,
        *,
        search: str = "",
        state: UserState | None = None,
        before: UUID | None = None,
        after: UUID | None = None,
        size: int = PAGE_SIZE,
    ) -> Page[User]:
        """Newest first. `before` goes on to older accounts, `after` back to newer ones."""
        query = _in_state(_matching(select(User), search), state)
        return keyset_page(self._session, query, User.id, before=before, after=after, size=size)


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

    def complete(self, sign_up_id: UUID, *, at: datetime) -> bool:
        """Use it up; true for one caller only. The hash has moved on to the account and goes."""
        return self._step(
            update(PendingSignUp)
            .where(PendingSignUp.id == sign_up_id, *_open_at(at))
            .values(completed_at=at, password_hash="", link_digest=None, code_digest=None)
        )

    def forget_before(self, at: datetime) -> None:
        self._session.execute(delete(PendingSignUp).where(PendingSignUp.expires_at < at))

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

    def forget_before(self, at: datetime) -> None:
        self._session.execute(delete(MailedToken).where(MailedToken.expires_at < at))


def _open_at(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return PendingSignUp.completed_at.is_(None), PendingSignUp.expires_at > at


def _met_its_row(session: Session, statement: Update) -> bool:
    return session.execute(statement.returning(literal(1))).first() is not None


def _matching(query: Select[User], search: str) -> Select[User]:
    text = search.replace("\0", "").strip().lower()
    if not text:
        return query
    return query.where(
        or_(
            *(
                func.lower(column).contains(text, autoescape=True)
                for column in (User.username, User.email, User.name)
            )
        )
    )


def _in_state(query: Select[User], state: UserState | None) -> Select[User]:
    match state:
        case "active":
            return query.where(User.is_active, User.email_verified_at.is_not(None))
        case "unverified":
            return query.where(User.is_active, User.email_verified_at.is_(None))
        case "disabled":
            return query.where(~User.is_active)
        case None:
            return query
