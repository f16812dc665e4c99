"""What a change would do to people, asked at a door: the change is rehearsed in a unit of its own, and undone."""

from collections.abc import Callable

from portal.access.services.blast_radius import BlastRadius, blast_radius
from portal.clients.repository import Clients
from portal.http.context import unit_of_work
from portal.infra.actor import Actor
from portal.infra.unit_of_work import UnitOfWork


def radius_of(change: Callable[[UnitOfWork], object], *, actor: Actor | None = None) -> BlastRadius:
    """Nothing of the change stays. Never within another unit of work: an embedded database has one writer.

    Raises:
        DomainError: why the change can't be made at all.
    """
    radius = blast_radius(lambda: unit_of_work(actor), change, apps=lambda session: Clients(session).rules())
    if radius.refusal is not None:
        raise radius.refusal
    return radius
