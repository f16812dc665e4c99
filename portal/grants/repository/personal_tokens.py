"""Questions about the tokens that people make for their scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.grants.models import PersonalToken
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.plain_rows import Asker, Plain
from portal.infra.repository import FORGET_AT_ONCE, forget_some

_TOKEN, _PERSON = Plain(PersonalToken), Plain(User)
_STANDING: Final = (
    select(*_TOKEN.columns, *_PERSON.columns)
    .join_from(PersonalToken, User, User.id == PersonalToken.user_id)
    .where(PersonalToken.id == bindparam("id", type_=Uuid()))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalTokenStanding:
    """A genuine token, in force or not, and the person behind it."""

    token: PersonalToken
    user: User

    def end_of(self, *, at: datetime) -> str | None:
        """Why it counts no more; None while it does."""
        return self.token.end_of(
            user_is_active=self.user.is_active, user_epoch=self.user.security_epoch, at=at
        )


class PersonalTokens:
    """Found by their id and recognised by their digest."""

    def __init__(self, session: Asker) -> None:
        self._session = session

    def find(self, text: str) -> PersonalTokenStanding | None:
        """The token that this text is, in force or not; one statement, and none where the text can't be one."""
        presented = parse(TokenKind.PERSONAL, text)
        if presented is None:
            return None
        row = self._session.execute(_STANDING, {"id": presented.id}).first()
        if row is None or not same((token := _TOKEN.of(row)).digest, presented.digest):
            return None
        return PersonalTokenStanding(token=token, user=_PERSON.of(row))

    def touch(self, token_id: UUID, *, at: datetime, unless_since: datetime) -> None:
        """It is in use. One statement, and of all who come at the same time one writes."""
        self._session.execute(
            update(PersonalToken)
            .where(
                PersonalToken.id == token_id,
                or_(PersonalToken.last_used_at.is_(None), PersonalToken.last_used_at < unless_since),
            )
            .values(last_used_at=at)
            .execution_options(synchronize_session=False)
        )

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        """Delete so many of those that expired before then; how many there were."""
        return forget_some(self._session, PersonalToken.id, PersonalToken.expires_at < at, most=most)


class TokensOfPerson:
    """One person's own, for their pages and for those who look after them."""

    def __init__(self, session: Session, user_id: UUID) -> None:
        self._session = session
        self._user_id = user_id

    def all(self, *, most: int) -> Sequence[PersonalToken]:
        """In force or not, the newest first."""
        query = select(PersonalToken).where(PersonalToken.user_id == self._user_id)
        return self._session.scalars(query.order_by(PersonalToken.id.desc()).limit(most)).all()

    def get(self, token_id: UUID) -> PersonalToken | None:
        """Nobody reaches another's by its id."""
        query = select(PersonalToken).where(
            PersonalToken.id == token_id, PersonalToken.user_id == self._user_id
        )
        return self._session.scalar(query)

    def live(self, *, at: datetime) -> Sequence[PersonalToken]:
        """Those that are in force, the newest first."""
        query = select(PersonalToken).join(User, User.id == PersonalToken.user_id).where(*self._live(at))
        return self._session.scalars(query.order_by(PersonalToken.id.desc())).all()

    def count_live(self, *, at: datetime) -> int:
        query = select(func.count()).join_from(PersonalToken, User, User.id == PersonalToken.user_id)
        return self._session.scalar(query.where(*self._live(at))) or 0

    def _live(self, at: datetime) -> tuple[ColumnElement[bool], ...]:
        """The same as `PersonalToken.end_of`."""
        return (
            PersonalToken.user_id == self._user_id,
            PersonalToken.revoked_at.is_(None),
            PersonalToken.expires_at > at,
            PersonalToken.security_epoch == User.security_epoch,
            User.is_active.is_(True),
        )
