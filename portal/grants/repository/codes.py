"""Questions about authorization codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, update

from portal.grants.models import AuthorizationCode
from portal.grants.repository.lives import AT, Life, life_of, with_life
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.plain_rows import Asker, Plain
from portal.infra.prepared import Prepared, inserting
from portal.infra.repository import FORGET_AT_ONCE, forget_some

_ROW: Final = Plain(AuthorizationCode)
_CODE: Final = Prepared(
    with_life(select(*_ROW.columns).select_from(AuthorizationCode), AuthorizationCode).where(
        AuthorizationCode.id == bindparam("id", type_=Uuid())
    )
)
_INSERT: Final = inserting(AuthorizationCode)
_REDEEM: Final = Prepared(
    update(AuthorizationCode)
    .where(
        AuthorizationCode.id == bindparam("code_id", type_=Uuid()),
        AuthorizationCode.redeemed_at.is_(None),
        AuthorizationCode.expires_at > AT,
    )
    .values(redeemed_at=AT)
    .returning(AuthorizationCode.id)
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCode:
    """A genuine code, with what it hangs on."""

    row: AuthorizationCode
    life: Life

    def end_of(self, *, at: datetime) -> str | None:
        """Why it can't be used, apart from having been used; None while it can."""
        if at >= self.row.expires_at:
            return "expired"
        row = self.row
        return self.life.end_of(
            begun_at=row.created_at, security_epoch=row.security_epoch, scope=row.scope, at=at
        )


class Codes:
    """Authorization codes, found by their id and recognised by their digest."""

    def __init__(self, session: Asker) -> None:
        self._session = session

    def find(self, text: str, *, at: datetime) -> StoredCode | None:
        """The code that this text is, used or not; one statement."""
        presented = parse(TokenKind.AUTHORIZATION_CODE, text)
        if presented is None:
            return None
        row = _CODE.first(self._session, {"id": presented.id, "at": at})
        if row is None or not same((code := _ROW.of(row)).digest, presented.digest):
            return None
        return StoredCode(row=code, life=life_of(row))

    def add(self, row: Mapping[str, Any]) -> None:
        """Write a code down: a plain insert of every column, for nobody holds the object afterwards."""
        _INSERT.run(self._session, row)

    def redeem(self, code_id: UUID, *, at: datetime) -> bool:
        """Use it up. Of all who try at the same time, the database lets exactly one succeed."""
        return _REDEEM.first(self._session, {"code_id": code_id, "at": at}) is not None

    def keep_newest(self, grant_id: UUID, *, most: int, at: datetime) -> None:
        """Let only so many unused codes of a grant be alive; the oldest make room."""
        unused = (AuthorizationCode.grant_id == grant_id, AuthorizationCode.redeemed_at.is_(None))
        newest = (
            select(AuthorizationCode.id).where(*unused).order_by(AuthorizationCode.id.desc()).limit(most)
        ).scalar_subquery()
        self._session.execute(
            update(AuthorizationCode)
            .where(*unused, AuthorizationCode.expires_at > at, AuthorizationCode.id.not_in(newest))
            .values(expires_at=at)
            .execution_options(synchronize_session=False)
        )

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        return forget_some(self._session, AuthorizationCode.id, AuthorizationCode.expires_at < at, most=most)
