"""However many people there are, lists and searches are read off indexes, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text

from portal.accounts.models import User
from portal.accounts.repository import PeopleFilter, PeopleOrder, Users
from portal.infra.actor import CLI
from portal.infra.ids import new_id
from portal.infra.keyset import place_in
from tests.support.databases import KINDS, Databases
from tests.support.plans import plans

if TYPE_CHECKING:
    from portal.bootstrap import Portal

PEOPLE = 12_000
START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=KINDS)
def town(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> "Iterator[Portal]":
    """Twelve thousand people; one in five hundred is disabled, one in four hundred unverified."""
    from tests.support.portals import cheap_settings, open_portal  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("town")
    with (
        databases.fresh(request.param, folder) as url,
        open_portal(cheap_settings(url, folder / "instance")) as portal,
    ):
        _fill(portal)
        yield portal


def _fill(portal: "Portal") -> None:
    rows = [
        {
            "id": new_id(),
            "username": f"person.{number:05}",
            "email": f"p{number:05}@example.org",
            "name": f"Given{number % 700:03} Family{number:05}",
            "created_at": START + timedelta(minutes=number),
            "updated_at": START,
            "email_verified_at": START if number % 400 else None,
            "last_sign_in_at": START + timedelta(minutes=number * 7 % PEOPLE) if number % 3 else None,
            "is_active": bool(number % 500),
            "security_epoch": 0,
        }
        for number in range(PEOPLE)
    ]
    with portal.unit_of_work(CLI) as uow:
        uow.session.execute(insert(User), rows)
        uow.session.execute(text("ANALYZE"))


def is_read_off(plan: str, index: str) -> bool:
    """By the index alone: nothing is sorted, and no table is walked."""
    walks = "Seq Scan" in plan or "SCAN users" in plan.replace(f"SCAN users USING INDEX {index}", "")
    return index in plan and not walks and "Sort" not in plan and "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    ("order", "index"),
    [
        ("newest", "ix_users_created_at_id"),
        ("name", "ix_users_folded_name"),
        ("username", "ix_users_folded_username"),
        ("last_sign_in", "ix_users_last_sign_in_at_id"),
    ],
)
def test_every_order_is_an_index(town: "Portal", order: PeopleOrder, index: str) -> None:
    with town.reading() as session, plans(town) as first:
        page = Users(session).page(order=order, size=20)
    with town.reading() as session, plans(town) as next_one:
        older = Users(session).page(order=order, size=20, before=place_in(order, str(page.older)))
    assert len(page.items) == len(older.items) == 20
    assert [is_read_off(plan, index) for plan in (*first, *next_one)] == [True] * len((*first, *next_one))


@pytest.mark.parametrize(
    ("state", "index"), [("disabled", "ix_users_disabled"), ("unverified", "ix_users_unverified")]
)
def test_the_few_in_a_state_are_found_by_theirs(town: "Portal", state: str, index: str) -> None:
    with town.reading() as session, plans(town) as found:
        page = Users(session).page(PeopleFilter(state=state), size=20)  # type: ignore[arg-type]
    assert len(page.items) == 20
    assert index in found[-1]
    assert "Seq Scan" not in found[-1]


def test_a_period_is_a_range_of_an_index(town: "Portal") -> None:
    wanted = PeopleFilter(created_since=START, created_before=START + timedelta(minutes=50))
    with town.reading() as session, plans(town) as found:
        page = Users(session).page(wanted, order="name", size=20)
    assert len(page.items) == 20
    assert "ix_users_created_at_id" in found[-1]
    assert "Seq Scan" not in found[-1]


@pytest.mark.parametrize(
    ("looked_for", "part"),
    [
        ("person.0123", "username"),
        ("p01234@", "email"),
        ("given012 f", "name"),
        ("family0123", "family"),
    ],
)
def test_beginnings_are_ranges_of_indexes(town: "Portal", looked_for: str, part: str) -> None:
    """What merely contains the text is looked for row by row, up to a ceiling, and only after that."""
    with town.reading() as session, plans(town) as found:
        people = Users(session).search(looked_for, size=5)
    assert people
    indexes = (f"ix_users_folded_{part}", f"uq_users_lower_{part}")  # SQLite may take either of a pair
    assert any(index in found[0] for index in indexes)
    assert "Seq Scan" not in found[0]


def test_one_person_is_one_look(town: "Portal") -> None:
    with town.reading() as session, plans(town) as found:
        users = Users(session)
        assert users.by_username("Person.00123")
        assert users.by_email("P00123@example.org")
    assert not any("Seq Scan" in plan or "SCAN" in plan for plan in found)
