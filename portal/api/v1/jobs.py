"""One act for many people, done by a worker: asked for, watched, cancelled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import Field, RootModel

from portal.access.schemas.bulk import BulkWish
from portal.access.services.bulk import ensure_may_bulk, needed_for
from portal.access.usecases.bulk import cancel_bulk, start_bulk
from portal.api.calls import Call
from portal.api.operations import Room
from portal.api.shapes import Created, Listing, ListQuery, Nothing, OneQuery, View
from portal.api.v1.parts import places
from portal.audit.services.exports import EXPORT
from portal.infra.bulk import BulkItems, BulkJob, BulkJobNotFound, BulkJobs

jobs: Final = Room("Jobs", "One act for many people at once, done by a worker in small steps.")
MOST_BYTES: Final = 4 * 1024 * 1024
SCOPES: Final[Mapping[str, str]] = {
    "user": "users", "role": "roles", "group": "groups", "session": "sessions",
}  # fmt: skip
"""How the scopes over each of these begin. `users:write` a token needs for any job."""


class JobWish(RootModel[BulkWish]):
    """What is to be done, and to whom."""


class JobView(View):
    """A job, and how far it is."""

    id: UUID
    kind: str
    label: str = Field(description="What people call it.", examples=["Disable"])
    state: str = Field(description="`waiting`, `running`, `done`, `cancelled` or `failed`.")
    is_stopping: bool = Field(description="Whether it was cancelled, and finishes the people in hand.")
    total: int
    done: int
    unchanged: int = Field(description="So many were so already.")
    failed: int
    percent: int
    problem: str | None = Field(description="Why the whole of it failed.")
    asked_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: BulkJob) -> "JobView":
        own = set(cls.model_fields) - {"asked_by"}
        return cls(**{name: getattr(job, name) for name in own}, asked_by=job.actor_label)


class ItemView(View):
    """What came of one of them."""

    position: int
    user_id: UUID | None
    line: int | None = Field(description="Of the file, where it was an import.")
    state: str
    code: str | None
    message: str | None


class JobQuery(ListQuery):
    """Which jobs."""

    state: Literal["waiting", "running", "done", "cancelled", "failed"] | None = None


class ItemQuery(ListQuery):
    """Which of them."""

    state: Literal["waiting", "done", "unchanged", "failed"] | None = None


@jobs.post(
    "/jobs",
    scope="users:write",
    permission=("read", "user"),
    body=JobWish,
    returns=JobView,
    most_bytes=MOST_BYTES,
    refusals=(404,),
)
def create_job(call: Call[Nothing, JobWish]) -> Created[JobView]:
    """Begin an act for many people.

    The permission is that of the act itself, for each of the things that it changes, and so are the scopes
    (`roles:write` to give a role). `people` names them, or says whom they must match when it begins; `expected` holds
    it back if others match by then. An import has up to 10,000 `lines` instead.
    """
    wish = call.body.root
    for action, resource in needed_for(wish):
        call.require_scope(f"{SCOPES[resource]}:{'read' if action == 'read' else 'write'}")
    job = start_bulk(call.uow, wish)
    call.session.flush()
    return Created(JobView.of(job), path=f"/jobs/{job.id}")


@jobs.get(
    "/jobs", scope="users:read", permission=("read", "user"), query=JobQuery, returns=JobView, is_list=True
)
def list_jobs(call: Call[JobQuery, None]) -> Listing[JobView]:
    """Every job that is still kept, the newest first."""
    found = BulkJobs(call.session).page(
        state=call.query.state,
        but=EXPORT,
        **places(call.turn),
        size=call.query.limit,
    )
    return Listing(items=[JobView.of(job) for job in found.items], older=found.older, newer=found.newer)


@jobs.get("/jobs/<uuid:job_id>", scope="users:read", permission=("read", "user"), returns=JobView)
def show_job(call: Call[OneQuery, None], job_id: UUID) -> JobView:
    """One job, and how far it is: ask again until `finished_at` says when it was over."""
    return JobView.of(_found(BulkJobs(call.session).get(job_id)))


@jobs.get(
    "/jobs/<uuid:job_id>/items", scope="users:read", permission=("read", "user"), query=ItemQuery, returns=ItemView,
    is_list=True,
)  # fmt: skip
def list_job_items(call: Call[ItemQuery, None], job_id: UUID) -> Listing[ItemView]:
    """What came of each, in their order."""
    job, turn = _found(BulkJobs(call.session).get(job_id)), call.turn
    found = BulkItems(call.session, job.id).page(
        state=call.query.state,
        after=int(turn.before or 0),
        before=int(turn.after) if turn.after else None,
        size=call.query.limit,
    )
    items = [
        ItemView(
            position=one.position, user_id=one.subject_id, line=one.line, state=one.state, code=one.code,
            message=one.message,
        )
        for one in found.items
    ]  # fmt: skip
    return Listing(items=items, older=found.after, newer=found.before)


@jobs.post(
    "/jobs/<uuid:job_id>/cancel",
    scope="users:write",
    permission=("read", "user"),
    returns=JobView,
    status=200,
)
def cancel_job(call: Call[Nothing, Any], job_id: UUID) -> JobView:
    """Stop a job. The people in hand are finished first, and what was done stays done."""
    job = _found(BulkJobs(call.session).get(job_id))
    ensure_may_bulk(call.uow, job.kind)
    return JobView.of(cancel_bulk(call.uow, job_id))


def _found(job: BulkJob | None) -> BulkJob:
    if job is None or job.kind == EXPORT:
        raise BulkJobNotFound
    return job
