"""How people are searched, filtered and ordered, page by page."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.accounts.models import User
from portal.accounts.repository import PeopleFilter, PeopleOrder, Users
from portal.infra.actor import SYSTEM
from portal.infra.keyset import Place, place_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portal.bootstrap import Portal

ORDERS: tuple[PeopleOrder, ...] = ("newest", "name", "username", "last_sign_in")


@dataclass(frozen=True)
class Crowd:
    """Thirty people, some of whom share a name, a moment, or were never here."""

    portal: Portal
    start: datetime
    people: Sequence[User]

    def names(self, wanted: PeopleFilter, **options: object) -> list[str]:
        with self.portal.reading() as session:
            return [user.username for user in Users(session).page(wanted, size=100, **options).items]  # type: ignore[arg-type]

    def walk(self, order: PeopleOrder, *, size: int) -> tuple[list[str], list[str]]:
        """The whole list, page by page, there and back again."""
        there, back = [], []
        with self.portal.reading() as session:
            page = Users(session).page(order=order, size=size)
            there += [user.username for user in page.items]
            while page.older:
                page = Users(session).page(order=order, size=size, before=place_in(order, str(page.older)))
                there += [user.username for user in page.items]
            back += [user.username for user in page.items]
            while page.newer:
                page = Users(session).page(order=order, size=size, after=place_in(order, str(page.newer)))
                back = [user.username for user in page.items] + back
        return there, back


@pytest.fixture
def crowd(portal: Portal) -> Crowd:
    chance = random.Random(7)  # noqa: S311 - the same people each time
    start = portal.ports.clock.now() - timedelta(days=100)
    people = []
    for number in range(30):
        joined = start + timedelta(days=number // 2)
        people.append(
            User(
                username=f"p{(number * 7) % 30:02}",
                email=f"p{number:02}@example.org",
                name=chance.choice(["Maya Okafor", "Émile Zola", "émile zola", "Åsa", ""]),
                created_at=joined,
                updated_at=joined,
                email_verified_at=joined if number % 3 else None,
                last_sign_in_at=start + timedelta(days=60, hours=number // 4) if number % 4 else None,
                is_active=number % 5 != 0,
            )
        )
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.add_all(people)
    return Crowd(portal, start, people)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 4, 7, 30])
def test_every_order_shows_everybody_once_there_and_back(crowd: Crowd, order: PeopleOrder, size: int) -> None:
    there, back = crowd.walk(order, size=size)
    assert sorted(there) == sorted(user.username for user in crowd.people)
    assert back == there


def test_orders_are_what_they_say(crowd: Crowd) -> None:
    by_name = {user.username: user for user in crowd.people}
    newest = [by_name[name].created_at for name in crowd.names(PeopleFilter(), order="newest")]
    assert newest == sorted(newest, reverse=True)
    assert crowd.names(PeopleFilter(), order="username") == sorted(by_name)
    seen = [by_name[name].last_sign_in_at for name in crowd.names(PeopleFilter(), order="last_sign_in")]
    known = [at for at in seen if at]
    assert known == sorted(known, reverse=True)
    assert seen[len(known) :] == [None] * (len(seen) - len(known))


@pytest.mark.parametrize(
    "text", ["", "x", "%00", "W10", "WzEsMiwzXQ", "a" * 700, "WyJuZXdlc3QiLCB7ImF0IjogIngifSwgIngiXQ"]
)
def test_a_place_that_cannot_be_read_is_none(text: str) -> None:
    assert place_in("newest", text) is None


def test_a_place_of_another_order_is_none(crowd: Crowd) -> None:
    place = Place("name", "maya", crowd.people[0].id)
    assert place_in("name", str(place)) == place
    assert place_in("newest", str(place)) is None


@pytest.mark.parametrize("search", ["okafor", "MAYA.O", "Maya@Exam", " okafor ", "aya ok", "@exam", "o@e"])
def test_people_are_found_by_any_part_of_name_username_and_address(
    portal: Portal, add_person: Callable[..., User], search: str
) -> None:
    maya = add_person("maya.o@example.org" if "@" not in search else "maya@example.org", name="Maya Okafor")
    noor = add_person("noor@sample.net", name="Noor Haddad")
    if search == "o@e":
        maya, noor = add_person("otto@example.org"), maya
    with portal.reading() as database:
        found = [user.id for user in Users(database).page(PeopleFilter(text=search)).items]
    assert found == [maya.id]
    assert noor.id not in found


@pytest.mark.parametrize("search", ["%", "_", "100%", "\\", "/", "'; --", "\0zz"])
def test_a_search_is_text_and_no_pattern(
    portal: Portal, add_person: Callable[..., User], search: str
) -> None:
    add_person("maya@example.org", name="Maya Okafor")
    with portal.reading() as database:
        assert Users(database).page(PeopleFilter(text=search)).items == []


def test_states_are_told_apart(crowd: Crowd) -> None:
    states = {user.username: (user.is_active, user.email_verified) for user in crowd.people}
    for state, expected in (("active", (True, True)), ("unverified", (True, False))):
        found = crowd.names(PeopleFilter(state=state))  # type: ignore[arg-type]
        assert sorted(found) == sorted(name for name, known in states.items() if known == expected)
    disabled = crowd.names(PeopleFilter(state="disabled"))
    assert sorted(disabled) == sorted(name for name, (is_active, _) in states.items() if not is_active)
    both = crowd.names(PeopleFilter(state="disabled", is_verified=False))
    assert sorted(both) == sorted(name for name, known in states.items() if known == (False, False))


def test_moments_are_half_open_and_who_never_came_was_before(crowd: Crowd) -> None:
    day = crowd.start + timedelta(days=3)
    since = crowd.names(PeopleFilter(created_since=day))
    before = crowd.names(PeopleFilter(created_before=day))
    assert len(before) == 6
    assert sorted(since + before) == sorted(user.username for user in crowd.people)
    hour = crowd.start + timedelta(days=60, hours=2)
    came = crowd.names(PeopleFilter(signed_in_since=hour))
    away = crowd.names(PeopleFilter(signed_in_before=hour))
    never = {user.username for user in crowd.people if user.last_sign_in_at is None}
    assert never <= set(away)
    assert sorted(came + away) == sorted(user.username for user in crowd.people)


def test_others_narrow_the_list_by_what_they_know(crowd: Crowd) -> None:
    some = select(User.id).where(User.username.in_(["p01", "p02", "p03"]))
    more = select(User.id).where(User.username == "p04")
    assert sorted(crowd.names(PeopleFilter(among=((some, more),)))) == ["p01", "p02", "p03", "p04"]
    only = select(User.id).where(User.username.in_(["p03", "p04"]))
    assert crowd.names(PeopleFilter(among=((some, more), (only,))), order="username") == ["p03", "p04"]


def test_reserved_addresses_are_nobodys(portal: Portal, add_person: Callable[..., User]) -> None:
    for address in ("a@example.org", "b@x.example", "c@sub.example.com", "d@y.test"):
        add_person(address)
    with portal.reading() as session:
        assert not Users(session).any_reachable()
    add_person("e@notexample.org")
    with portal.reading() as session:
        assert Users(session).any_reachable()
