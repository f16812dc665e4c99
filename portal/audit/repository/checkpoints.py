"""Questions to checkpoints and tombstones."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import Checkpoint, Tombstone
from portal.audit.rules.checkpoints import Role, SignedHead


class Checkpoints:
    """Signed heads of the chain, as they are stored."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def last(self) -> SignedHead | None:
        row = self._session.scalar(select(Checkpoint).order_by(Checkpoint.position.desc()).limit(1))
        return _head(row, "checkpoint") if row else None

    def last_until(self, position: int) -> SignedHead | None:
        """The newest one at or before a position."""
        query = select(Checkpoint).where(Checkpoint.position <= position)
        row = self._session.scalar(query.order_by(Checkpoint.position.desc()).limit(1))
        return _head(row, "checkpoint") if row else None

    def between(self, *, after: int, upto: int) -> Sequence[SignedHead]:
        """Those in `(after, upto]`, in order."""
        query = select(Checkpoint).where(Checkpoint.position > after, Checkpoint.position <= upto)
        return [
            _head(row, "checkpoint") for row in self._session.scalars(query.order_by(Checkpoint.position))
        ]

    def tombstone(self) -> SignedHead | None:
        """What stands for all that was removed by age."""
        row = self._session.scalar(select(Tombstone).order_by(Tombstone.position.desc()).limit(1))
        return _head(row, "tombstone") if row else None


def _head(row: Checkpoint | Tombstone, role: Role) -> SignedHead:
    return SignedHead(
        role=role,
        position=row.position,
        hash=bytes(row.hash),
        at=row.at,
        key_id=row.key_id,
        signature=bytes(row.signature),
    )
