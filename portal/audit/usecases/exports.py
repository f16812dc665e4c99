"""The log leaves the house: who took what, and how much of it, is an entry itself."""

from collections.abc import Mapping

from portal.audit.events import LogExported
from portal.infra.unit_of_work import UnitOfWork


def note_export(uow: UnitOfWork, *, query: Mapping[str, str], file_format: str, count: str) -> None:
    """Written and committed before the first line is sent, so that a broken download has its entry too."""
    uow.publish(LogExported(details={"filter": dict(query), "format": file_format, "entries": count}))
