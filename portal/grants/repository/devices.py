"""Questions about devices that wait for somebody (RFC 8628)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal.clients.models import Client
from portal.grants.models import DeviceCode
from portal.grants.repository.lives import Life, life_of, with_life
from portal.infra.crypto.digests import TokenKind, parse, same
from portal.infra.repository import FORGET_AT_ONCE, forget_some

__all__ = ["Agreement", "DeviceCode", "DeviceCodes", "agreement_of"]

_STANDING: Final = with_life(select(DeviceCode).select_from(DeviceCode), DeviceCode).where(
    DeviceCode.id == bindparam("id", type_=Uuid())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What somebody has said yes to at another screen, and what it hangs on."""

    grant_id: UUID
    user_id: UUID
    session_id: UUID
    security_epoch: int
    scope: str
    auth_time: datetime
    amr: Collection[str]
    acr: str


def agreement_of(device: DeviceCode) -> Agreement | None:
    """What was agreed to at the other screen; None while nothing was, or where its session is forgotten."""
    if (
        device.grant_id is None
        or device.user_id is None
        or device.session_id is None
        or device.security_epoch is None
        or device.auth_time is None
    ):
        return None
    return Agreement(
        grant_id=device.grant_id,
        user_id=device.user_id,
        session_id=device.session_id,
        security_epoch=device.security_epoch,
        scope=device.scope,
        auth_time=device.auth_time,
        amr=tuple(device.amr or ()),
        acr=device.acr or "",
    )


class DeviceCodes:
    """Device codes, found by their id and recognised by their digest; user codes only by theirs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **columns: Any) -> bool:  # noqa: ANN401 - a row's columns
        """Begin to wait; False if this very user code is taken, and another one has to be made."""
        insert = sqlite.insert if self._session.get_bind().dialect.name == "sqlite" else postgresql.insert
        statement = insert(DeviceCode).values(**columns).on_conflict_do_nothing().returning(DeviceCode.id)
        return self._session.scalar(statement) is not None

    def find(self, text: str) -> DeviceCode | None:
        """The device code that this text is, whatever became of it."""
        presented = parse(TokenKind.DEVICE_CODE, text)
        row = self._session.get(DeviceCode, presented.id) if presented else None
        return row if row is not None and presented and same(row.digest, presented.digest) else None

    def waiting(self, user_code_digest: bytes, *, at: datetime) -> tuple[DeviceCode, str] | None:
        """The device that shows this user code and still waits, and its app's client id."""
        row = self._session.execute(
            select(DeviceCode, Client.client_id)
            .join(Client, Client.id == DeviceCode.client_pk)
            .where(
                DeviceCode.user_code_digest == user_code_digest,
                DeviceCode.state == "pending",
                DeviceCode.expires_at > at,
            )
        ).first()
        return None if row is None else (row[0], row[1])

    def life(self, device_id: UUID, *, at: datetime) -> Life | None:
        """What a decided device hangs on; None if its person, grant or client is gone."""
        row = self._session.execute(_STANDING, {"id": device_id, "at": at}).first()
        return None if row is None else life_of(row)

    def allow(self, device_id: UUID, agreement: Agreement, *, at: datetime) -> bool:
        """Of two answers the first counts."""
        facts = {name: getattr(agreement, name) for name in Agreement.__slots__}
        return self._move(device_id, "pending", "allowed", at=at, **{**facts, "amr": list(agreement.amr)})

    def deny(self, device_id: UUID, *, at: datetime) -> bool:
        return self._move(device_id, "pending", "denied", at=at)

    def redeem(self, device_id: UUID, *, at: datetime) -> bool:
        """Use it up. Of all who try at the same time, the database lets exactly one succeed."""
        return self._move(device_id, "allowed", "redeemed", at=at)

    def note_poll(self, device_id: UUID, *, interval_seconds: int, at: datetime) -> None:
        self._session.execute(
            update(DeviceCode)
            .where(DeviceCode.id == device_id)
            .values(last_polled_at=at, interval_seconds=interval_seconds)
            .execution_options(synchronize_session=False)
        )

    def forget_before(self, at: datetime, *, most: int = FORGET_AT_ONCE) -> int:
        """Delete so many of those whose time is over; how many there were."""
        return forget_some(self._session, DeviceCode.id, DeviceCode.expires_at < at, most=most)

    def _move(self, device_id: UUID, before: str, after: str, *, at: datetime, **columns: object) -> bool:
        statement = (
            update(DeviceCode)
            .where(DeviceCode.id == device_id, DeviceCode.state == before, DeviceCode.expires_at > at)
            .values(state=after, **columns)
            .returning(DeviceCode.id)
            .execution_options(synchronize_session=False)
        )
        return self._session.scalar(statement) is not None
