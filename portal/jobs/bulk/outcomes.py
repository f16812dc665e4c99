"""What can come of one item, and who does it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from portal.infra.bulk import BulkItem, BulkJob, ItemState
from portal.infra.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Outcome:
    """How it went: `code` for programs, `message` for people. Neither says more of anybody than the row itself."""

    state: ItemState
    code: str
    message: str
    subject_id: UUID | None = None


Doing = Callable[[BulkItem], Outcome]
Executor = Callable[[UnitOfWork, BulkJob], Doing]
"""Made anew for each batch: it takes the locks that every item would take, in one order, and reads the parameters."""


class ClaimLost(Exception):
    """This worker was silent for too long, and another one has gone on with the job; or the job is gone."""
