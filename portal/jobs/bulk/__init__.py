"""Bulk work: the jobs that somebody asked for, done in small steps by whichever worker has the next message."""

from portal.jobs.bulk.running import STRIDE, BulkBusy, Stride, run_bulk
from portal.jobs.bulk.tending import tend_bulk_jobs

__all__ = ["STRIDE", "BulkBusy", "Stride", "run_bulk", "tend_bulk_jobs"]
