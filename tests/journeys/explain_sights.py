"""The pages that say why, as the inventory lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.journeys.sights import Sight
from tests.support.people import sign_in

if TYPE_CHECKING:
    from tests.journeys.scene import Scene

_QUESTION: Final = "/admin/explain?verb=read&resource=user&ip=10.1.2.3&at=2026-11-23T08:30&who="


def _refused(scene: Scene) -> str:
    """Where the reasons are of a no that Maya was told just now."""
    page = sign_in(scene.app.test_client(), scene.portal, scene.maya).get("/admin/audit").text
    return f"/admin/refusals/{page[(start := page.index('req_')) : start + 24]}"


EXPLANATIONS: Final[dict[str, Sight]] = {
    "access.overview": Sight("maya", "Access", "/account/access"),
    "access.explain": Sight("maya", "Why?", "/account/access/explain?verb=read&resource=user"),
    "access.explain: empty": Sight("maya", "Why?", "/account/access/explain?verb=&resource="),
    "admin_explain.question": Sight("ada", "Explain access", "/admin/explain"),
    "admin_explain.question: no": Sight(
        "ada", "Explain access", lambda scene: _QUESTION + scene.maya.username
    ),
    "admin_explain.question: yes": Sight("ada", "Explain access", f"{_QUESTION}ada"),
    "admin_explain.question: nobody": Sight("ada", "Explain access", f"{_QUESTION}nobody-like-that"),
    "admin_explain.refused": Sight("ada", "was refused audit:read", _refused),
}
