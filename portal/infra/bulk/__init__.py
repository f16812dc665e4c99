"""Long work in small steps: jobs, what each has to do, and how it goes on after whatever happens to a worker.

What is done to whom is no affair of these rows: a kind, some parameters, and the ids or sealed lines it is about.
"""

from portal.infra.bulk.errors import BulkJobNotFound, BulkJobOver
from portal.infra.bulk.events import BulkCancelAsked, BulkEnded, BulkFailed, BulkStarted
from portal.infra.bulk.jobs import BulkItems, BulkJobs
from portal.infra.bulk.models import BULK, BulkItem, BulkJob, BulkPart, BulkState, ItemState

__all__ = [
    "BULK",
    "BulkCancelAsked",
    "BulkEnded",
    "BulkFailed",
    "BulkItem",
    "BulkItems",
    "BulkJob",
    "BulkJobNotFound",
    "BulkJobOver",
    "BulkJobs",
    "BulkPart",
    "BulkStarted",
    "BulkState",
    "ItemState",
]
