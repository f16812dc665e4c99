"""What a change would do to people, asked at a door: the change is rehearsed in a unit of its own, and undone."""

from collections.abc import Callable

from portal.access.services.blast_radius import BlastRadius, blast_radius
from portal.access.services.membership_radius import Membership, membership_radius
from portal.clients.repository import Clients
from portal.http.context import unit_of_work
from portal.infra.actor import Actor
from portal.infra.unit_of_work import UnitOfWork


def radius_of(change: Callable[[UnitOfWork], object], *, actor: Actor | None = None) -> BlastRadius:
    """Nothing of the change stays. Never within another unit of work: an embedded database has one writer.

    Raises:
        DomainError: why the change can't be made at all.
    """
    return _unless_refused(
        blast_radius(lambda: unit_of_work(actor), change, apps=lambda session: Clients(session).rules())
    )


def radius_of_membership(
    change: Callable[[UnitOfWork], object], membership: Membership, *, actor: Actor | None = None
) -> BlastRadius:
    """The same for a change of who is in a group, as far as it is told to those who only look after that group.

    Raises:
        DomainError: why the change can't be made at all.
    """
    return _unless_refused(
        membership_radius(
            lambda: unit_of_work(actor),
            change,
            of=membership,
            apps=lambda session: Clients(session).rules(),
        )
    )


def _unless_refused(radius: BlastRadius) -> BlastRadius:
    if radius.refusal is not None:
        raise radius.refusal
    return radius
