"""What several ways to one thing add up to."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.grants.rules.holdings import MOST_CHARACTERS, MOST_NAMES, Holdings, Way

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
EARLY, LATE = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


def role(name: str, ends_at: datetime | None = None, *, opens: bool = False) -> Way:
    return Way("roles", name, ends_at, opens)


@pytest.mark.parametrize(
    ("ways", "end"),
    [
        ([], None),
        ([role("a")], None),
        ([role("a", LATE), role("b", EARLY)], EARLY),
        ([role("a", LATE), role("a", EARLY)], LATE),
        ([role("a", EARLY), role("a")], None),
        ([role("a", EARLY), role("a", LATE), role("b")], LATE),
        ([Way("groups", "a", EARLY, opens=False), role("b", LATE)], LATE),
    ],
)
def test_a_claim_holds_until_the_first_thing_in_it_has_lost_its_last_way(
    ways: list[Way], end: datetime | None
) -> None:
    assert Holdings(ways).end_of({"roles"}, of_use=False) == end


@pytest.mark.parametrize(
    ("ways", "end"),
    [
        ([role("a", EARLY, opens=True), role("b", LATE, opens=True)], LATE),
        ([role("a", EARLY, opens=True), role("b")], EARLY),
        ([role("a", EARLY, opens=True), Way("groups", "g", None, opens=True)], None),
    ],
)
def test_an_app_is_open_as_long_as_any_way_into_it(ways: list[Way], end: datetime | None) -> None:
    held = Holdings(ways)
    assert held.opens
    assert held.end_of((), of_use=True) == end


def test_the_first_of_all_ends_counts() -> None:
    held = Holdings([role("a", LATE, opens=True), Way("groups", "g", EARLY, opens=False)])
    assert held.end_of({"roles"}, of_use=True) == LATE
    assert held.end_of({"roles", "groups"}, of_use=True) == EARLY


def test_names_stand_once_and_in_order() -> None:
    held = Holdings([role("b"), role("a"), role("b", LATE)])
    assert held.claims({"roles", "groups", "email"}) == {"roles": ["a", "b"], "groups": []}


def test_a_token_says_a_list_whole_or_not_at_all() -> None:
    most = Holdings([Way("groups", f"{number:03}", None, opens=False) for number in range(MOST_NAMES)])
    assert len(most.for_token({"groups"})["groups"]) == MOST_NAMES
    more = Holdings([Way("groups", f"{number:03}", None, opens=False) for number in range(MOST_NAMES + 1)])
    assert more.for_token({"groups"}) == {}


def test_a_token_stays_short_enough_for_a_header() -> None:
    long = [Way("groups", f"{number:03}{'é' * 20}", None, opens=False) for number in range(40)]
    held = Holdings([role("deployer"), *long])
    assert len("".join(held.names("groups"))) < MOST_CHARACTERS < 6 * len("".join(held.names("groups")))
    assert held.for_token({"roles", "groups"}) == {"roles": ["deployer"]}


def test_what_a_token_says_is_borne_out_by_what_is_held_now() -> None:
    held = Holdings([role("a"), role("b")])
    assert held.bears_out({"roles": ("a",)})
    assert held.bears_out({})
    assert not held.bears_out({"roles": ("a", "c")})
    assert not held.bears_out({"groups": ("a",)})
