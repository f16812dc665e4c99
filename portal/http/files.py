"""Files that leave the house, as answers."""

from datetime import datetime
from typing import Final, cast

from flask import Response

from portal.audit.services.files import FileFormat
from portal.http.context import current_portal
from portal.infra.bulk import BulkJob
from portal.infra.bulk.parts import read_file

TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


def typed(response: Response, file_format: FileFormat, name: str) -> Response:
    """As a download that no cache keeps."""
    response.headers["Content-Type"] = TYPES[file_format]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def name_of_export(at: datetime, file_format: FileFormat) -> str:
    return f"audit-{at:%Y%m%dT%H%M%SZ}.{file_format}"


def file_of_export(job: BulkJob) -> Response:
    """A file that a job has written; sent part by part, as it was written."""
    portal, file_format = current_portal(), cast(FileFormat, job.parameters["format"])
    lines = read_file(portal.reading, portal.ports.sealer, job.id)
    return typed(Response(lines), file_format, name_of_export(job.created_at, file_format))
