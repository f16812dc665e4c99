"""Questions to jobs and items, and the statements by which one worker at a time goes on with a job."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from portal.infra.bulk.models import BulkItem, BulkJob, BulkState, ItemState
from portal.infra.repository import FORGET_AT_ONCE, PAGE_SIZE, Page, keyset_page

CLAIM: Final = timedelta(seconds=10)
"""A worker that is not heard of for so long has lost its job to the next one."""
ROWS_AT_ONCE: Final = 1_000


class BulkJobs:
    """Jobs, those that are under way and those that are over."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, job_id: UUID) -> BulkJob | None:
        return self._session.get(BulkJob, job_id)

    def lock(self, job_id: UUID) -> BulkJob | None:
        """The job as of now, and nobody changes it until the end of this unit."""
        return self._session.get(BulkJob, job_id, with_for_update=True, populate_existing=True)

    def page(
        self, *, state: BulkState | None = None, kind: str | None = None, but: str | None = None,
        by: UUID | None = None, before: UUID | None = None, after: UUID | None = None, size: int = PAGE_SIZE,
    ) -> Page[BulkJob]:  # fmt: skip
        """The newest first; of one kind, or of all kinds but one; those of one person only, where that is said."""
        asked = {BulkJob.state: state, BulkJob.kind: kind, BulkJob.actor_id: by}
        query = select(BulkJob).where(
            *(column == value for column, value in asked.items() if value is not None)
        )
        if but is not None:
            query = query.where(BulkJob.kind != but)
        return keyset_page(self._session, query, BulkJob.id, before=before, after=after, size=size)

    def unfinished(self, *, most: int) -> Sequence[BulkJob]:
        """The oldest of those that are not over."""
        query = select(BulkJob).where(BulkJob.finished_at.is_(None)).order_by(BulkJob.created_at).limit(most)
        return self._session.scalars(query).all()

    def claim(self, job_id: UUID, *, message_id: UUID, worker: UUID, at: datetime) -> BulkJob | None:
        """Take the job in hand, if the message is the one that carries it and no other worker has it; None if not."""
        statement = (
            update(BulkJob)
            .where(
                BulkJob.id == job_id,
                BulkJob.finished_at.is_(None),
                BulkJob.carried_by == message_id,
                or_(BulkJob.claimed_until.is_(None), BulkJob.claimed_until < at),
            )
            .values(
                claimed_by=worker,
                claimed_until=at + CLAIM,
                state="running",
                started_at=func.coalesce(BulkJob.started_at, literal(at, BulkJob.started_at.type)),
            )
        )
        return self._changed(statement.returning(BulkJob))

    def book(
        self, job_id: UUID, *, worker: UUID, counts: Mapping[ItemState, int], at: datetime
    ) -> BulkJob | None:
        """Count what a batch did, and hold the job for longer; None for a worker that has lost it. Then all that it did
        must be undone, because another one does the same.
        """
        statement = (
            update(BulkJob)
            .where(BulkJob.id == job_id, BulkJob.claimed_by == worker, BulkJob.finished_at.is_(None))
            .values(
                done=BulkJob.done + counts.get("done", 0),
                unchanged=BulkJob.unchanged + counts.get("unchanged", 0),
                failed=BulkJob.failed + counts.get("failed", 0),
                claimed_until=at + CLAIM,
            )
        )
        return self._changed(statement.returning(BulkJob))

    def end_claims(self, *, at: datetime) -> int:
        """Nobody has any of them in hand any more; how many somebody had."""
        held = update(BulkJob).where(BulkJob.finished_at.is_(None), BulkJob.claimed_until >= at)
        ended = held.values(claimed_by=None, claimed_until=None).returning(BulkJob.id)
        return len(self._session.scalars(ended.execution_options(synchronize_session=False)).all())

    def forget(self, job_id: UUID) -> None:
        """The job, and all that it kept."""
        self._session.execute(delete(BulkJob).where(BulkJob.id == job_id))

    def forget_before(self, at: datetime, *, kind: str | None = None, most: int = FORGET_AT_ONCE) -> bool:
        """Remove what ended before that moment, the oldest first, so many rows at most; whether there may be more."""
        oldest = select(BulkJob.id).where(BulkJob.finished_at < at).order_by(BulkJob.finished_at, BulkJob.id)
        if kind is not None:
            oldest = oldest.where(BulkJob.kind == kind)
        while most > 0:
            job_id = self._session.scalar(oldest.limit(1))
            if job_id is None:
                return False
            gone = BulkItems(self._session, job_id).forget_some(most=most)
            if gone < most:
                self.forget(job_id)
            most -= gone + 1
        return True

    def _changed(self, statement: Any) -> BulkJob | None:  # noqa: ANN401 - SQLAlchemy's returning update has no public name
        options = {"synchronize_session": False, "populate_existing": True}
        found: BulkJob | None = self._session.scalar(statement, execution_options=options)
        return found


@dataclass(frozen=True)
class ItemPage:
    """Some items in their order; `before` and `after` are the positions from which the list goes on, up and down."""

    items: Sequence[BulkItem]
    before: int | None = None
    after: int | None = None


class BulkItems:
    """The items of one job."""

    def __init__(self, session: Session, job_id: UUID) -> None:
        self._session = session
        self._job_id = job_id

    def add_subjects(self, ids: Select[UUID]) -> int:
        """One for each id that the question finds, in their order, without reading them here; how many there are."""
        found = ids.order_by(None).subquery()
        (key,) = found.c
        rows = select(literal(self._job_id), func.row_number().over(order_by=key), key, literal("waiting"))
        columns = ["job_id", "position", "subject_id", "state"]
        self._session.execute(insert(BulkItem.__table__).from_select(columns, rows))  # type: ignore[arg-type]
        return self._session.scalar(select(func.count()).where(BulkItem.job_id == self._job_id)) or 0

    def add(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """One for each row of `subject_id`, or of `line` and `sealed`; how many there are."""
        count = 0
        numbered = (
            {"job_id": self._job_id, "position": position, "state": "waiting", **row}
            for position, row in enumerate(rows, 1)
        )
        while some := list(islice(numbered, ROWS_AT_ONCE)):
            self._session.execute(insert(BulkItem), some)
            count += len(some)
        return count

    def following(self, position: int, *, most: int) -> Sequence[BulkItem]:
        """The next ones after that position."""
        query = select(BulkItem).where(BulkItem.job_id == self._job_id, BulkItem.position > position)
        return self._session.scalars(query.order_by(BulkItem.position).limit(most)).all()

    def settle(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write down what came of some, each with its `position`; what was sealed in them goes."""
        if rows:
            self._session.execute(
                update(BulkItem), [{"job_id": self._job_id, "sealed": None, **row} for row in rows]
            )

    def wipe(self) -> None:
        """Whatever was sealed in those that were not taken in is not needed any more."""
        self._session.execute(
            update(BulkItem)
            .where(BulkItem.job_id == self._job_id, BulkItem.sealed.is_not(None))
            .values(sealed=None)
            .execution_options(synchronize_session=False)
        )

    def page(
        self,
        *,
        state: ItemState | None = None,
        after: int = 0,
        before: int | None = None,
        size: int = PAGE_SIZE,
    ) -> ItemPage:
        """In the order of the job: from `after` on, or those just before `before`."""
        query = select(BulkItem).where(BulkItem.job_id == self._job_id)
        if state is not None:
            query = query.where(BulkItem.state == state)
        if before is not None:
            query = query.where(BulkItem.position < before).order_by(BulkItem.position.desc())
        else:
            query = query.where(BulkItem.position > after).order_by(BulkItem.position)
        found = self._session.scalars(query.limit(size + 1)).all()
        shown, is_more = list(found[:size]), len(found) > size
        if before is not None:
            shown.reverse()
        if not shown:
            return ItemPage(shown)
        has_earlier, has_later = (is_more, True) if before is not None else (after > 0, is_more)
        first, last = shown[0].position, shown[-1].position
        return ItemPage(shown, before=first if has_earlier else None, after=last if has_later else None)

    def forget_some(self, *, most: int) -> int:
        """Delete so many, the first ones; how many there were."""
        some = select(BulkItem.position).where(BulkItem.job_id == self._job_id).order_by(BulkItem.position)
        gone = self._session.scalars(
            delete(BulkItem)
            .where(BulkItem.job_id == self._job_id, BulkItem.position.in_(some.limit(most)))
            .returning(BulkItem.position)
            .execution_options(synchronize_session=False)
        )
        return len(gone.all())
