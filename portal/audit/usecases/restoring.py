"""An earlier state comes back: the entry that says so stands beside those of what was changed for it."""

from datetime import datetime

from portal.audit.events import StateRestored
from portal.infra.events import Ref
from portal.infra.unit_of_work import UnitOfWork


def note_restored(uow: UnitOfWork, row: Ref, *, as_of: datetime, reason: str) -> None:
    """The reason is kept here, also where a use case that changes something takes none."""
    uow.publish(StateRestored(touched=(row,), reason=reason, details={"as_of": as_of.isoformat()}))
