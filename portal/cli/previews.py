"""What a change would do to people, said before somebody confirms it: the use case runs, and is undone."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from portal.cli.opening import host_actor

if TYPE_CHECKING:
    from portal.access.services.blast_radius import Line
    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork

MOST_LINES: Final = 12
MOST_NAMES: Final = 5
NOBODY: Final = "Nobody can do more or less by it."


def effect_in_words(portal: "Portal", change: "Callable[[UnitOfWork], object]") -> list[str]:
    """A line for each thing that people can do more or less. Nothing of the change stays.

    Raises:
        DomainError: why the change can't be made at all.
    """
    from portal.access.services.blast_radius import blast_radius  # noqa: PLC0415 - a command loads what it needs
    from portal.clients.repository import Clients  # noqa: PLC0415

    radius = blast_radius(
        lambda: portal.unit_of_work(host_actor()), change, apps=lambda session: Clients(session).rules()
    )
    if radius.refusal is not None:
        raise radius.refusal
    if radius.is_empty:
        return [NOBODY]
    lines = [*_told("Gains", radius.gains), *_told("Loses", radius.losses), *_told("Differs", radius.altered)]
    left = len(lines) - MOST_LINES
    return lines[:MOST_LINES] + ([f"… and {left} more"] if left > 0 else [])


def _told(verb: str, lines: "tuple[Line, ...]") -> Iterator[str]:
    for line in lines:
        what = f"use {line.shift.what}" if line.shift.is_app else f"{line.shift.action} {line.shift.what}"
        names = ", ".join(name for _, name in line.people[:MOST_NAMES])
        more = f" and {line.count - MOST_NAMES} more" if line.count > MOST_NAMES else ""
        when = f" (at {line.later.first.isoformat(timespec='seconds')})" if line.later else ""
        yield f"{verb}: {what}{when}: {names}{more}"
