"""The audit log as a file: asked for here, written by a worker, and taken by whoever asked."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from flask import Response
from pydantic import Field

from portal.api.calls import Call
from portal.api.shapes import Created, Listing, Nothing, OneQuery, View
from portal.api.v1.audit import AuditWish, audit, filter_of
from portal.audit.services.exports import export_of, exports_of, kept_until
from portal.audit.usecases import drop_export, start_export, take_export
from portal.http.files import TYPES, file_of_export
from portal.infra.bulk import BulkJob

__all__ = ["audit"]

PATH: Final = "/audit/exports/<uuid:export_id>"


class ExportWish(AuditWish):
    """Which entries, and as what kind of file."""

    format: Literal["csv", "jsonl"] = "jsonl"


class ExportView(View):
    """A file of the log, and how far it is."""

    id: UUID
    format: str = Field(examples=["jsonl"])
    state: str = Field(description="`waiting`, `running`, `done` or `failed`.")
    total: int = Field(description="So many entries are looked at.")
    done: int
    percent: int
    problem: str | None = Field(description="Why it failed.")
    created_at: datetime
    finished_at: datetime | None
    kept_until: datetime | None = Field(description="When the file goes; null where there is none yet.")

    @classmethod
    def of(cls, job: BulkJob) -> "ExportView":
        own = set(cls.model_fields) - {"format", "kept_until"}
        return cls(
            **{name: getattr(job, name) for name in own},
            format=job.parameters["format"],
            kept_until=kept_until(job),
        )


@audit.post("/audit/exports", scope="audit:read", body=ExportWish, returns=ExportView, refusals=(409,))
def start_audit_export(call: Call[Nothing, ExportWish]) -> Created[ExportView]:
    """Have a file written of everything that matches, up to now; with the permission `audit:read`.

    A worker writes it: ask again until `state` is `done`, then take `/file`. It is kept for a day, sealed, for nobody
    but whoever asked. Up to 1,000,000 entries, and three exports of one person at once. That it was asked for, and each
    time that it is taken, is an entry of the log.
    """
    call.require("read", "audit")
    asked = call.body
    query = asked.model_dump(mode="json", exclude_defaults=True, exclude={"format"})
    job = start_export(call.uow, filter_of(asked), asked.format, query=query)
    return Created(ExportView.of(job), path=f"/audit/exports/{job.id}")


@audit.get(
    "/audit/exports", scope="audit:read", permission=("read", "audit"), query=OneQuery, returns=ExportView,
    is_list=True,
)  # fmt: skip
def list_audit_exports(call: Call[OneQuery, None]) -> Listing[ExportView]:
    """One's own exports, the newest first."""
    found = exports_of(call.session, call.bearer.user_id, at=call.now)
    return Listing(items=[ExportView.of(job) for job in found])


@audit.get(PATH, scope="audit:read", returns=ExportView)
def show_audit_export(call: Call[OneQuery, None], export_id: UUID) -> ExportView:
    """One of one's own exports."""
    job = export_of(call.session, export_id, call.bearer.user_id, at=call.now)
    call.require("read", "audit")
    return ExportView.of(job)


@audit.get(f"{PATH}/file", scope="audit:read", produces=tuple(TYPES.values()), refusals=(409,))
def take_audit_export(call: Call[Nothing, None], export_id: UUID) -> Response:
    """The file, as CSV or JSON Lines; 409 while it is being written."""
    export_of(call.session, export_id, call.bearer.user_id, at=call.now)
    call.require("read", "audit")
    with call.opened() as uow:
        job = take_export(uow, export_id)
    return file_of_export(job)


@audit.delete(PATH, scope="audit:read")
def delete_audit_export(call: Call[Nothing, Any], export_id: UUID) -> None:
    """Stop one of one's own exports, or remove its file before its time."""
    drop_export(call.uow, export_id)
