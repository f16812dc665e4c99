"""Permissions compiled once: in how many statements, until when they hold, and who sees a change."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from portal.access.models import AccessEpoch
from portal.access.repository.entitlements import Entitlements
from portal.access.rules.conditions import Json
from portal.access.rules.decisions import Compiled
from portal.access.schemas import AddMember, SetUserAttributes
from portal.access.services.decisions import (
    compile_access,
    epoch_column,
    subject_of,
)
from portal.access.usecases.assignments import set_user_attributes, take_role
from portal.access.usecases.memberships import add_member, remove_member
from portal.accounts.repository import Users
from portal.bootstrap import build_portal
from portal.infra.actor import SYSTEM
from portal.sessions.repository import Sessions
from portal.sessions.services import open_session
from tests.access.conftest import AddPerson, House
from tests.access.looking import IN_FINANCE, access, in_minutes, permit
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from portal.infra.settings import Settings
    from tests.support.portals import MovableClock


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person("maya@example.org")


def test_roles_by_hand_and_by_group_count_alike(portal: Portal, house: House, maya: User) -> None:
    house.give(maya, house.role("clerk", ledger=["read"]))
    house.group("weavers", members=(maya,), roles=(house.role("weaver", loom=["admin"]),))
    found = access(portal, maya)
    assert found.permits("read", "ledger")
    assert found.permits("delete", "loom")
    assert not found.permits("update", "ledger")
    assert not found.reaches_console


def test_as_many_statements_for_a_hundred_roles_as_for_one(portal: Portal, house: House, maya: User) -> None:
    def cost() -> int:
        with portal.reading() as session, statements(portal.engine) as asked:
            compile_access(session, maya.id, at=portal.ports.clock.now())
        return len(asked)

    house.give(maya, house.role("role0", ledger=["read"]))
    house.group("group0", members=(maya,), roles=(house.role("by0"),))
    permit(house, "by0", "loom", IN_FINANCE)
    before = cost()
    for number in range(1, 12):
        house.give(maya, house.role(f"role{number}", ledger=["read"], loom=["update"]))
        house.group(f"group{number}", members=(maya,), roles=(house.role(f"by{number}", loom=["read"]),))
    assert cost() == before == 4


def test_what_is_kept_costs_nothing(portal: Portal, house: House, maya: User) -> None:
    house.give(maya, house.role("clerk", ledger=["read"]))
    access(portal, maya)
    with statements(portal.engine) as asked:
        assert access(portal, maya).permits("read", "ledger")
    assert len(asked) == 2, asked  # the person and the epoch, which a request has from its session


def test_the_session_brings_the_epoch_along(portal: Portal, house: House, sign_in_token: str) -> None:
    now = portal.ports.clock.now()
    with portal.reading() as session, statements(portal.engine) as asked:
        live = Sessions(session).by_token(sign_in_token, at=now, epoch=epoch_column())
        assert live is not None
        assert live.epoch == Entitlements(session).epoch() > 0
    assert len(asked) == 2
    subject = subject_of(live.user_id, live)
    assert (subject.attributes["email"], subject.attributes["email_verified"]) == ("maya@example.org", True)


@pytest.fixture
def sign_in_token(portal: Portal, maya: User) -> str:
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).get(maya.id)
        assert user is not None
        return open_session(uow, user).token


def test_every_change_is_seen_at_the_next_question(portal: Portal, house: House, maya: User) -> None:
    clerk = house.role("clerk", ledger=["read"])
    house.give(maya, clerk)
    assert access(portal, maya).permits("read", "ledger")
    permit(house, "clerk", "loom", None)
    assert not access(portal, maya).permits("read", "ledger")
    assert access(portal, maya).permits("read", "loom")
    with house.acting() as uow:
        take_role(uow, maya.id, clerk.id)
    assert not access(portal, maya).permits("read", "loom")
    group = house.group("weavers", roles=(clerk,))
    assert not access(portal, maya).permits("read", "loom")
    with house.acting() as uow:
        add_member(uow, group.id, AddMember(user_id=maya.id))
    assert access(portal, maya).permits("read", "loom")
    with house.acting() as uow:
        remove_member(uow, group.id, maya.id)
    assert not access(portal, maya).permits("read", "loom")


@pytest.fixture
def other_node(portal: Portal, settings: Settings, clock: MovableClock) -> Iterator[Portal]:
    """Another process on the same database, with a memory of its own."""
    node = build_portal(settings, clock=clock)
    yield node
    node.engine.dispose()


def test_another_node_sees_a_change_at_its_next_question(
    portal: Portal, other_node: Portal, house: House, maya: User
) -> None:
    clerk = house.role("clerk", ledger=["read"])
    house.give(maya, clerk)
    assert access(other_node, maya).permits("read", "ledger")
    with house.acting() as uow:
        take_role(uow, maya.id, clerk.id)
    assert not access(other_node, maya).permits("read", "ledger")


def test_what_was_rolled_back_was_never_kept(portal: Portal, house: House, maya: User) -> None:
    house.give(maya, clerk := house.role("clerk", ledger=["read"]))
    before = access(portal, maya).compiled
    with suppress(LookupError), house.acting() as uow:
        take_role(uow, maya.id, clerk.id)
        raise LookupError
    assert access(portal, maya).compiled == before


def test_a_grant_ends_on_time_though_it_is_kept(
    portal: Portal, house: House, maya: User, clock: MovableClock
) -> None:
    clerk = house.role("clerk", ledger=["read"])
    house.give(maya, clerk, expires_at=in_minutes(clock, 5))
    assert access(portal, maya).permits("read", "ledger")
    clock.advance(minutes=5)
    with statements(portal.engine) as asked:
        assert not access(portal, maya).permits("read", "ledger")
    assert len(asked) == 2, asked


def test_a_condition_looks_at_what_is_so_now(portal: Portal, house: House, maya: User) -> None:
    house.give(maya, house.role("clerk"))
    permit(house, "clerk", "ledger", IN_FINANCE)
    assert not access(portal, maya).permits("read", "ledger")
    with house.acting() as uow:
        set_user_attributes(uow, maya.id, SetUserAttributes(attributes={"department": "finance"}))
    assert access(portal, maya).permits("read", "ledger")


def test_nothing_noted_of_a_person_feigns_what_the_portal_knows(
    portal: Portal, house: House, maya: User
) -> None:
    house.give(maya, house.role("clerk"))
    with house.acting() as uow:
        forged = {"email_verified": False, "roles": ["administrator"], "email": "root@example.org"}
        set_user_attributes(uow, maya.id, SetUserAttributes(attributes=forged))
    permit(
        house,
        "clerk",
        "ledger",
        {"attribute": "subject.roles", "operator": "contains", "value": "administrator"},
    )
    assert not access(portal, maya).permits("read", "ledger")
    permit(
        house,
        "clerk",
        "ledger",
        {"attribute": "subject.email", "operator": "equals", "value": "root@example.org"},
    )
    assert not access(portal, maya).permits("read", "ledger")


def test_a_garbled_entry_costs_one_compilation(portal: Portal, house: House, maya: User) -> None:
    house.give(maya, house.role("clerk", ledger=["read"]))
    with portal.reading() as session:
        epoch = Entitlements(session).epoch()
    garbled: list[Json] = [
        {"ways": [], "permitted": {"ledger": [[1]]}, "memberships": [], "resources": {}},
        {"ways": [], "permitted": [], "memberships": [], "resources": {}},
        {"ways": 7},
        [],
        "x",
        {"ways": [[1]], "permitted": {}, "memberships": [], "resources": {}},
    ]
    for garbage in garbled:
        portal.ports.cache.set(f"access:{maya.id}:{epoch}", garbage, ttl_seconds=60)
        assert access(portal, maya).permits("read", "ledger")


def test_an_entry_holds_no_secret(portal: Portal, house: House, maya: User) -> None:
    house.give(maya, house.role("clerk", ledger=["read"]))
    access(portal, maya)
    with portal.reading() as session:
        epoch = Entitlements(session).epoch()
    kept = str(portal.ports.cache.get(f"access:{maya.id}:{epoch}"))
    assert "clerk" in kept
    for secret in (maya.email, maya.password_hash or "?", maya.name):
        assert secret not in kept


def test_the_epoch_starts_by_itself(portal: Portal, house: House, maya: User) -> None:
    with portal.unit_of_work(house.acting().actor) as uow:
        uow.session.execute(update(AccessEpoch).values(id=2))
    with portal.reading() as session:
        before = Entitlements(session).epoch()
    house.role("clerk")
    with portal.reading() as session:
        assert session.get(AccessEpoch, 1) is not None
        assert Entitlements(session).epoch() >= before


def test_what_redis_keeps_is_what_memory_keeps(
    portal: Portal, house: House, maya: User, settings: Settings, redis_url: str, clock: MovableClock
) -> None:
    house.give(maya, house.role("clerk", ledger=["read"]), expires_at=in_minutes(clock, 5))
    nodes = [build_portal(replace_redis(settings, redis_url), clock=clock) for _ in range(2)]
    try:
        first = access(nodes[0], maya)
        with statements(nodes[1].engine) as asked:
            assert access(nodes[1], maya).compiled == first.compiled
        assert len(asked) == 2, asked
    finally:
        for node in nodes:
            node.engine.dispose()
            assert node.redis is not None
            node.redis.pool.disconnect()
    assert Compiled.from_json(first.compiled.to_json()) == first.compiled


def replace_redis(settings: Settings, redis_url: str) -> Settings:
    return settings.model_copy(update={"redis_url": redis_url})
