"""Work that goes on beside requests, begun in an inhabited portal: a job about people, and an export of the log."""

from uuid import UUID

from portal.access.schemas.bulk import EndSessionsOfMany, Selection
from portal.access.usecases.bulk import start_bulk
from portal.audit.repository import AuditFilter
from portal.audit.usecases import start_export
from portal.infra.actor import SYSTEM, Actor
from portal.infra.outbox import Outbox
from portal.jobs.bulk import run_bulk
from tests.support.inhabited import Inhabited


def waiting_job(world: Inhabited) -> UUID:
    """One that is about somebody, and has not begun."""
    with world.portal.unit_of_work(SYSTEM) as uow:
        people = Selection(user_ids=(world.person.id,))
        return start_bulk(uow, EndSessionsOfMany(people=people)).id


def written_export(world: Inhabited) -> UUID:
    """A file of the administrator's."""
    asker = world.administrator
    with world.portal.unit_of_work(Actor(kind="user", id=asker.id, label=asker.username)) as uow:
        job = start_export(uow, AuditFilter(), "jsonl", query={})
        message = Outbox(uow.session).get(job.carried_by) if job.carried_by else None
    if message is None:
        raise LookupError("nothing carries the export")
    run_bulk(world.portal, message)
    return job.id
