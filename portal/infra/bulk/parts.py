"""Files that jobs write, part by part: each compressed and sealed, and gone with its job."""

import zlib
from collections.abc import Callable, Iterator
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.infra.bulk.models import BulkPart
from portal.infra.bulk.sealing import place_of_part
from portal.infra.crypto.sealing import Sealer


class BulkParts:
    """The parts of one job's file."""

    def __init__(self, session: Session, job_id: UUID) -> None:
        self._session = session
        self._job_id = job_id

    def last(self) -> BulkPart | None:
        """Where the file ends so far."""
        query = select(BulkPart).where(BulkPart.job_id == self._job_id)
        return self._session.scalar(query.order_by(BulkPart.position.desc()).limit(1))

    def add(self, sealer: Sealer, text: str, *, place: str | None) -> None:
        """One part more; `place` is from where the next one goes on, None where there is none."""
        last = self.last()
        position = last.position + 1 if last else 1
        packed = zlib.compress(text.encode())
        sealed = sealer.seal(packed, place_of_part(self._job_id, position))
        self._session.add(
            BulkPart(job_id=self._job_id, position=position, place=place, size=len(sealed), sealed=sealed)
        )

    def size(self) -> int:
        """What the file takes up in the database, in bytes."""
        return (
            self._session.scalar(select(func.sum(BulkPart.size)).where(BulkPart.job_id == self._job_id)) or 0
        )

    def wipe(self) -> None:
        """Nobody wants the file any more."""
        self._session.execute(delete(BulkPart).where(BulkPart.job_id == self._job_id))


def read_file(open_session: Callable[[], Session], sealer: Sealer, job_id: UUID) -> Iterator[bytes]:
    """The file in clear; between two parts no connection is held, however slowly it is read.

    Raises:
        SealBroken: somebody has changed it, or the master key is another one now.
    """
    position = 0
    while True:
        query = select(BulkPart.position, BulkPart.sealed).where(
            BulkPart.job_id == job_id, BulkPart.position > position
        )
        with open_session() as session:
            row = session.execute(query.order_by(BulkPart.position).limit(1)).one_or_none()
        if row is None:
            return
        position = row.position
        yield zlib.decompress(sealer.open(row.sealed, place_of_part(job_id, position)))
