"""Pages about jobs that change many people, in the states that change their look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portal.access.schemas.bulk import DisableMany, Selection
from portal.access.usecases.bulk import start_bulk
from portal.accounts.repository import Users
from portal.audit.repository import AuditFilter
from portal.audit.services.exports import exports_of
from portal.audit.usecases import start_export
from portal.infra.actor import Actor
from portal.infra.bulk import BulkItems, BulkJobs
from portal.infra.ids import new_id
from tests.journeys.sights import Sight

if TYPE_CHECKING:
    from portal.infra.bulk import BulkState
    from tests.journeys.scene import Scene


def _job(scene: Scene, state: BulkState) -> str:
    """The path of a job that no worker finds: its message is another one's."""
    people = [person.id for person in (scene.maya, scene.devon, scene.noor)]
    with scene.portal.unit_of_work(Actor(kind="cli", label="ada")) as uow:
        wish = DisableMany(people=Selection(user_ids=(*people, new_id())), reason="The office closes")
        job, worker = start_bulk(uow, wish), new_id()
        job.carried_by, job.state, job.claimed_by = new_id(), "running", worker
        uow.session.flush()
        BulkItems(uow.session, job.id).settle(
            [
                {"position": 1, "state": "done", "code": "done", "message": "Disabled"},
                {
                    "position": 2,
                    "state": "failed",
                    "code": "last_administrator",
                    "message": "After this no active administrator with a password would remain.",
                },
            ]
        )
        BulkJobs(uow.session).book(job.id, worker=worker, counts={"done": 1, "failed": 1}, at=uow.now)
        if state == "failed":
            job.end("failed", at=uow.now, problem="ada may not do this any more.")
        elif state == "cancelled":
            job.end("cancelled", at=uow.now)
        return f"/admin/bulk/{job.id}"


def _export(scene: Scene, state: BulkState) -> str:
    """The path of Ada's own export, which no worker finds either."""
    with scene.portal.reading() as session:
        ada = Users(session).by_identifier("ada")
    with scene.portal.unit_of_work(Actor(kind="user", id=ada.id if ada else None, label="ada")) as uow:
        for old in exports_of(uow.session, uow.actor.id, at=uow.now):
            BulkJobs(uow.session).forget(old.id)
        job = start_export(uow, AuditFilter(), "csv", query={})
        job.carried_by, job.done = new_id(), job.total // 3
        if state == "done":
            job.done = job.total
            job.end("done", at=uow.now)
        return f"/admin/audit/exports/{job.id}"


BULK: Final[dict[str, Sight]] = {
    "admin_audit.export_job": Sight(
        "ada", "Export of the audit log", lambda scene: _export(scene, "running")
    ),
    "admin_audit.export_job: done": Sight(
        "ada", "Export of the audit log", lambda scene: _export(scene, "done")
    ),
    "admin_bulk.detail": Sight("ada", "Disable people", lambda scene: _job(scene, "running")),
    "admin_bulk.detail: stopped": Sight("ada", "Disable people", lambda scene: _job(scene, "failed")),
    "admin_bulk.detail: cancelled": Sight("ada", "Disable people", lambda scene: _job(scene, "cancelled")),
    "admin_bulk.cancel": Sight(
        "ada", "Cancel “Disable people”?", lambda scene: f"{_job(scene, 'running')}/cancel"
    ),
    "admin_bulk.listing": Sight("ada", "Bulk changes", "/admin/bulk"),
    "admin_bulk.listing: none": Sight("ada", "Bulk changes", "/admin/bulk?state=failed"),
}
