"""Questions about token families, refresh tokens and revoked access tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, String, Uuid, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from portal.accounts.models import User
from portal.clients.models import Client
from portal.grants.models import RefreshToken, RevokedToken, TokenFamily
from portal.grants.repository.lives import AT, Life, life_of, with_life
from portal.grants.repository.standings import AccessStanding
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.db import UtcDateTime, insert_into
from portal.infra.plain_rows import Asker, Plain
from portal.infra.prepared import Prepared
from portal.infra.repository import FORGET_AT_ONCE, forget_some

_ID = bindparam("id", type_=Uuid())
_IS_REVOKED = exists(select(RevokedToken.jti).where(RevokedToken.jti == bindparam("jti", type_=String())))

_LINK, _FAMILY, _PERSON = Plain(RefreshToken), Plain(TokenFamily), Plain(User)

_REFRESH_TOKEN: Final = Prepared(
    with_life(
        select(*_LINK.columns, *_FAMILY.columns)
        .select_from(RefreshToken)
        .join(TokenFamily, TokenFamily.id == RefreshToken.family_id),
        TokenFamily,
    ).where(RefreshToken.id == _ID)
)

_STANDING: Final = Prepared(
    with_life(
        select(*_FAMILY.columns, *_PERSON.columns, _IS_REVOKED.label("is_revoked")).select_from(TokenFamily),
        TokenFamily,
    ).where(TokenFamily.id == _ID)
)

_ROTATE: Final = Prepared(
    update(RefreshToken)
    .where(
        RefreshToken.id == bindparam("token_id", type_=Uuid()),
        RefreshToken.rotated_at.is_(None),
        RefreshToken.expires_at > AT,
    )
    .values(rotated_at=AT)
    .returning(RefreshToken.id)
    .execution_options(synchronize_session=False)
)

_IS_SINCE = or_(
    Client.tokens_since.is_(None), Client.tokens_since < bindparam("issued_at", type_=UtcDateTime())
)
_CLIENT_IS_LIVE: Final = Prepared(
    select(Client.id).where(Client.id == _ID, Client.is_active, _IS_SINCE, ~_IS_REVOKED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRefreshToken:
    """A genuine refresh token, used or not, with its family and what that hangs on."""

    row: RefreshToken
    family: TokenFamily
    life: Life

    def end_of(self, *, at: datetime) -> str | None:
        """Why it can't be used, apart from having been used; None while it can."""
        family = self.family
        if family.revoked_at is not None:
            return "family_revoked"
        if at >= self.row.expires_at or at >= family.expires_at:
            return "expired"
        return self.life.end_of(
            begun_at=family.created_at, security_epoch=family.security_epoch, scope=family.scope, at=at
        )


class RefreshTokens:
    """Links of rotated chains."""

    def __init__(self, session: Asker) -> None:
        self._session = session

    def find(self, text: str, *, at: datetime) -> StoredRefreshToken | None:
        """The token that this text is, used or not; one statement."""
        presented = parse(TokenKind.REFRESH_TOKEN, text)
        if presented is None:
            return None
        row = _REFRESH_TOKEN.first(self._session, {"id": presented.id, "at": at})
        if row is None or not same((link := _LINK.of(row)).digest, presented.digest):
            return None
        return StoredRefreshToken(row=link, family=_FAMILY.of(row), life=life_of(row))

    def rotate(self, token_id: UUID, *, at: datetime) -> bool:
        """Use it up. Of all who try at the same time, the database lets exactly one succeed."""
        return _ROTATE.first(self._session, {"token_id": token_id, "at": at}) is not None

    def use_in_grace(self, token_id: UUID, *, at: datetime, since: datetime) -> bool:
        """Use it once more, if it was first used since that moment and only once; again, one of all succeeds."""
        statement = (
            update(RefreshToken)
            .where(
                RefreshToken.id == token_id,
                RefreshToken.rotated_at >= since,
                RefreshToken.graced_at.is_(None),
            )
            .values(graced_at=at)
            .returning(RefreshToken.id)
            .execution_options(synchronize_session=False)
        )
        return self._session.scalar(statement) is not None

    def sibling_is_used(self, parent_id: UUID, token_id: UUID) -> bool:
        """Whether another child of the same token was used. The parent is locked, so that of two that come at the same
        time the second sees the first.
        """
        parent = select(RefreshToken.graced_at).where(RefreshToken.id == parent_id).with_for_update()
        if self._session.scalar(parent) is None:
            return False
        others = (RefreshToken.parent_id == parent_id, RefreshToken.id != token_id)
        family = select(RefreshToken.family_id).where(RefreshToken.id == token_id).scalar_subquery()
        used = select(RefreshToken.id).where(
            RefreshToken.family_id == family, *others, RefreshToken.rotated_at.is_not(None)
        )
        return self._session.scalar(select(used.exists())) is True

    def child_is_used(self, token_id: UUID) -> bool:
        """Whether the answer to this token has arrived. The token is locked, as `sibling_is_used` locks it for a child
        that is being used, so that of the two at the same time the second sees the first.
        """
        token = select(RefreshToken.family_id).where(RefreshToken.id == token_id).with_for_update()
        children = (RefreshToken.family_id == self._session.scalar(token), RefreshToken.parent_id == token_id)
        used = select(RefreshToken.id).where(*children, RefreshToken.rotated_at.is_not(None))
        return self._session.scalar(select(used.exists())) is True

    def prolong(self, token_id: UUID, *, until: datetime, at: datetime) -> bool:
        """Put its end off; whether it could be used at all."""
        statement = (
            update(RefreshToken)
            .where(
                RefreshToken.id == token_id, RefreshToken.rotated_at.is_(None), RefreshToken.expires_at > at
            )
            .values(expires_at=until)
            .returning(RefreshToken.id)
            .execution_options(synchronize_session=False)
        )
        return self._session.scalar(statement) is not None

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._session, RefreshToken.id, RefreshToken.expires_at < at, most=most)


class Families:
    """Everything issued for one code each."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, family_id: UUID) -> TokenFamily | None:
        return self._session.get(TokenFamily, family_id)

    def revoke(self, family_id: UUID, reason: str, *, at: datetime) -> bool:
        """End a family; whether it was alive until now."""
        return self._revoke(TokenFamily.id == family_id, reason=reason, at=at) > 0

    def revoke_of_code(self, code_id: UUID, reason: str, *, at: datetime) -> bool:
        """End whatever was issued for a code; whether there was anything alive."""
        return self._revoke(TokenFamily.code_id == code_id, reason=reason, at=at) > 0

    def revoke_of_session(self, session_id: UUID, reason: str, *, at: datetime) -> int:
        """End the families that may not outlive their session: those without `offline_access`."""
        offline = (" " + TokenFamily.scope + " ").contains(" offline_access ")
        return self._revoke(TokenFamily.session_id == session_id, ~offline, reason=reason, at=at)

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._session, TokenFamily.id, TokenFamily.expires_at < at, most=most)

    def _revoke(self, *which: ColumnElement[bool], reason: str, at: datetime) -> int:
        statement = (
            update(TokenFamily)
            .where(*which, TokenFamily.revoked_at.is_(None))
            .values(revoked_at=at, revoke_reason=reason)
            .returning(TokenFamily.id)
            .execution_options(synchronize_session=False)
        )
        return len(self._session.scalars(statement).all())


class AccessTokens:
    """Access tokens are not stored; what stands behind them is."""

    def __init__(self, session: Asker) -> None:
        self._session = session

    def standing(self, family_id: UUID, *, jti: str, at: datetime) -> AccessStanding | None:
        """Family, person and life behind a token, in one statement; one more for each exchange behind it."""
        row = _STANDING.first(self._session, {"id": family_id, "jti": jti, "at": at})
        if row is None:
            return None
        family = _FAMILY.of(row)
        before: dict[str, AccessStanding] = {}
        for name, behind, its_jti in (
            ("parent", family.parent_id, family.parent_jti),
            ("actor", family.actor_family_id, family.actor_jti),
        ):
            if behind is not None:
                found = self.standing(behind, jti=its_jti or "", at=at)
                if found is None:  # swept, so it has long ended
                    return None
                before[name] = found
        return AccessStanding(
            family=family, user=_PERSON.of(row), is_revoked=row.is_revoked, life=life_of(row), **before
        )

    def of_client_is_live(self, client_pk: UUID, *, jti: str, issued_at: datetime) -> bool:
        """Whether a client's own token (client credentials) still counts."""
        asked = {"id": client_pk, "jti": jti, "issued_at": issued_at}
        return _CLIENT_IS_LIVE.first(self._session, asked) is not None

    def revoke(self, jti: str, *, expires_at: datetime, at: datetime) -> bool:
        """From now on this one counts no more; whether it did until now. Twice is as good as once."""
        row = {"jti": jti, "expires_at": expires_at, "revoked_at": at}
        statement = insert_into(self._session, RevokedToken).values(row).on_conflict_do_nothing()
        return self._session.scalar(statement.returning(RevokedToken.jti)) is not None

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        """What has expired needs no revocation."""
        return forget_some(self._session, RevokedToken.jti, RevokedToken.expires_at < at, most=most)
