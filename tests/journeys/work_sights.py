"""Pages about background work, also of what was given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portal.infra.actor import SYSTEM
from tests.journeys.sights import Sight, pressed

if TYPE_CHECKING:
    from tests.journeys.scene import Scene


def _given_up(scene: Scene) -> str:
    """The path of work that no try has helped."""
    with scene.portal.unit_of_work(SYSTEM) as uow:
        message = uow.enqueue("logout_call", {})
        uow.session.flush()
        message.give_up("The app answered 503.", at=uow.now)
        return f"/admin/work/{message.id}"


def _listed(scene: Scene) -> str:
    _given_up(scene)
    return "/admin/work?state=failed"


WORK: Final[dict[str, Sight]] = {
    "admin_work.listing": Sight("ada", "Background work", "/admin/work"),
    "admin_work.listing: given up": Sight("ada", "Background work", _listed),
    "admin_work.listing: none": Sight("ada", "Background work", "/admin/work?state=failed&kind=housekeeping"),
    "admin_work.detail": Sight("ada", "Tell an app that somebody left", _given_up),
    "admin_work.discard": Sight("ada", "Tell an app that somebody left", _given_up, pressed("Discard")),
}
