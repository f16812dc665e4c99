"""No sequence of what can happen leaves a token alive that should be dead, or kills one that should live.

`PORTAL_TEST_STORIES=500 pytest --timeout=0` tells so many stories instead of the few that every run tells.
"""

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from portal.access.repository import Roles
from portal.bootstrap import Portal
from portal.clients.schemas import ClientAccess
from portal.clients.usecases import set_client_access
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.devices import GRANT_TYPES
from tests.oauth.exchanging import exchanger
from tests.oauth.living import Life
from tests.oauth.story import Place
from tests.oauth.story_clock import StoryClock
from tests.oauth.story_of_exchanges import JWT_BEARER
from tests.support.signing import OwnKey, key_set

if TYPE_CHECKING:
    from flask import Flask

STORIES = int(os.environ.get("PORTAL_TEST_STORIES", "0"))
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)


@pytest.fixture
def clock() -> StoryClock:
    return StoryClock()


@pytest.fixture
def place(portal: Portal, app: "Flask", clock: StoryClock, register_app: RegisterApp) -> Place:
    common: dict[str, object] = {"require_consent": False}
    apps = {
        "rotating": register_app("web", name="Kestrel", **common),
        "forgiving": register_app("web", name="Heron", switches={"refresh_grace_seconds": 30}, **common),
        "keeping": register_app("web", name="Ibis", switches={"refresh_rotation": False}, **common),
        "closed": register_app(
            "web", name="Wren", grant_types=GRANT_TYPES, switches={"access_token_format": "opaque"}, **common
        ),
    }
    apps["stock"] = exchanger(register_app, *apps.values())
    apps["wages"] = exchanger(register_app, apps["stock"])
    key = OwnKey()
    apps["account"] = register_app(
        "service", grant_types=["client_credentials", JWT_BEARER], jwks=key_set(key), name="Account"
    )
    rows = {name: client_row(portal, one).id for name, one in apps.items()}
    with portal.unit_of_work(SYSTEM) as uow:
        auditor = Roles(uow.session).by_name("auditor")
        assert auditor is not None
        set_client_access(uow, rows["closed"], ClientAccess(audience="roles", role_ids=[auditor.id]))
    return Place(portal, app, clock, {name: (one, rows[name]) for name, one in apps.items()}, key)


def test_tokens_live_and_die_as_they_should(place: Place, database_url: str) -> None:
    usual = 8 if database_url.startswith("sqlite") else 3
    run_state_machine_as_test(
        partial(Life, place),  # type: ignore[arg-type]
        settings=settings(
            max_examples=STORIES or usual, stateful_step_count=25, deadline=None, phases=PHASES
        ),
    )
