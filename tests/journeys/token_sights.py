"""The pages about tokens that people make for their scripts, as the inventory lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from portal.accounts.repository import Users
from portal.grants.schemas import MakePersonalToken
from portal.grants.usecases.personal_tokens import make_personal_token, revoke_personal_token
from portal.infra.actor import Actor
from tests.journeys import pages
from tests.journeys.sights import Sight, pressed
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from uuid import UUID

    from playwright.sync_api import Page

    from portal.accounts.models import User
    from tests.journeys.scene import Scene

AGENT: Final = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0"


def _made(scene: Scene, person: User, name: str, *, days: int = 90) -> UUID:
    actor = Actor(kind="user", id=person.id, label=person.username, ip="192.0.2.7", user_agent=AGENT)
    with scene.portal.unit_of_work(actor) as uow:
        user = Users(uow.session).get(person.id)
        if user is None:
            raise LookupError(person.id)
        wish = MakePersonalToken(name=name, scopes=["account:read", "users:read", "users:write"], days=days)
        return make_personal_token(uow, user, wish).token.id


def _some(scene: Scene) -> str:
    for name, days in (("Nightly report on the build server", 90), ("Import of new people", 7)):
        _made(scene, scene.maya, name, days=days)
    over = _made(scene, scene.maya, "Old laptop")
    with scene.portal.unit_of_work(Actor(kind="user", id=scene.maya.id, label="maya")) as uow:
        revoke_personal_token(uow, over, owner=scene.maya.ref)
    return "/account/tokens"


def _revoking(scene: Scene) -> str:
    return f"/account/tokens/{_made(scene, scene.maya, 'Nightly report')}/revoke"


def _revoking_for(scene: Scene) -> str:
    return f"/admin/users/{scene.devon.id}/tokens/{_made(scene, scene.devon, 'Nightly report')}/revoke"


def _filled(page: Page, _scene: Scene) -> None:
    pages.fill(page, Token_name="Nightly report on the build server", Password=PASSWORD)
    page.get_by_label("See your account").check()
    page.get_by_label("See people").check()
    pages.press(page, "Create token")
    pages.heading(page, "Access tokens")


TOKENS: Final[dict[str, Sight]] = {
    "account.tokens": Sight("maya", "Access tokens", _some),
    "account.tokens: none": Sight("devon", "Access tokens", "/account/tokens"),
    "account.tokens: made": Sight("ada", "Access tokens", "/account/tokens/new", _filled),
    "account.new_token": Sight("maya", "New access token", "/account/tokens/new"),
    "account.new_token: empty": Sight(
        "ada", "New access token", "/account/tokens/new", pressed("Create token")
    ),
    "account.revoke_token": Sight("maya", "Revoke Nightly report?", _revoking),
    "admin_users.revoke_token": Sight(
        "ada", "Revoke Nightly report of", _revoking_for, pressed("Revoke token")
    ),
}
