"""Steps around tokens for scripts: one is made, and looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.grants.schemas import MakePersonalToken
from portal.grants.services.personal_tokens import read_personal_token
from portal.grants.usecases.personal_tokens import (
    MadePersonalToken,
    make_personal_token,
)
from portal.infra.actor import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.bootstrap import Portal

    AddPerson = Callable[..., User]

WISH = MakePersonalToken(name="Nightly report", scopes=["users:read", "account:read"], days=30)


def make(portal: Portal, person: User, wish: MakePersonalToken = WISH) -> MadePersonalToken:
    actor = Actor(kind="user", id=person.id, label=person.username, ip="192.0.2.7", user_agent="curl/8")
    with portal.unit_of_work(actor) as uow:
        user = Users(uow.session).get(person.id)
        assert user is not None
        return make_personal_token(uow, user, wish)


def counts(portal: Portal, token: str) -> bool:
    at = portal.ports.clock.now()
    with portal.asking() as asking:
        standing = read_personal_token(asking, token, at=at)
    return standing is not None and standing.end_of(at=at) is None
