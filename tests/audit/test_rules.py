"""Entries as people read them."""

from importlib import import_module
from pkgutil import iter_modules

import pytest

import portal
from portal.audit.rules import GROUP_NAMES, SENTENCES, actions_of, group_of, readable, sentence, words_of
from portal.infra.events import Event


def every_event() -> list[type[Event]]:
    """Every kind of event that the house knows, wherever it is defined."""
    for package in iter_modules(portal.__path__, "portal."):
        if package.ispkg and any(
            room.name == "events" for room in iter_modules(import_module(package.name).__path__)
        ):
            import_module(f"{package.name}.events")
    kinds = list(Event.__subclasses__())
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    return [kind for kind in kinds if kind.__module__.startswith("portal.")]


def told(action: str, *, is_own: bool = False, **named: str) -> str:
    return "".join(piece.text for piece in sentence(action, actor="maya", named=named, is_own=is_own))


def test_every_event_is_told_in_a_sentence_of_its_own() -> None:
    events = every_event()
    assert len(events) > 20
    assert {event.label for event in events if event.label} - SENTENCES.keys() == set()


def test_names_stand_apart_from_the_words_around_them() -> None:
    pieces = sentence("role.assigned", actor="maya", named={"user": "devon", "role": "auditor"})
    assert [(piece.text, piece.is_name) for piece in pieces] == [
        ("maya", True),
        (" gave ", False),
        ("devon", True),
        (" the role ", False),
        ("auditor", True),
    ]


def test_what_one_does_to_oneself_is_told_so() -> None:
    assert told("user.profile_edited", user="devon") == "maya edited the profile of devon"
    assert told("user.profile_edited", user="maya", is_own=True) == "maya edited their profile"


def test_a_row_that_was_not_named_is_told_as_somebody() -> None:
    assert told("user.sign_in_failed") == "A sign-in as somebody failed"


def test_an_action_without_words_is_still_told() -> None:
    assert told("user.flew_away") == "maya: user flew away"
    assert words_of("user.flew_away").icon == "circle-dot"


@pytest.mark.parametrize("name", ["{actor}", "{0}", "a{b", "%s", "<script>"])
def test_a_name_is_never_read_as_a_pattern(name: str) -> None:
    assert told("user.disabled", user=name) == f"maya disabled {name}"


def test_every_action_is_in_one_family() -> None:
    families = [actions_of(group) for group in GROUP_NAMES]
    assert sorted(action for family in families for action in family) == sorted(SENTENCES)
    assert all(families)
    assert group_of("user.sign_in_failed") == "sign-ins"
    assert actions_of("nothing like it") == ()


def test_fields_have_names_and_lists_stay_lists() -> None:
    facts = {
        "redirect_uris": ["https://a.example/"],
        "scope": "openid email",
        "is_active": False,
        "email_verified": True,
        "policy_uri": None,
        "details": {"b": 1, "a": "x"},
        "count": 3,
        "ends_at": "2026-11-24T21:03:50.130647+02:00",
    }
    assert readable(facts) == {
        "Redirect URIs": ["https://a.example/"],
        "Scope": ["openid", "email"],
        "Active": False,
        "Email verified": True,
        "Privacy page": None,
        "Details": '{"a": "x", "b": 1}',
        "Count": "3",
        "Ends at": "24 Nov 2026, 19:03:50 UTC",
    }
    assert readable(None) is None


def test_nothing_is_endless() -> None:
    told = readable({"name": "x" * 10_000, "items": [["y" * 10_000]] * 1000})
    assert told is not None
    assert len(str(told["Name"])) == 301
    items = told["Items"]
    assert isinstance(items, list)
    assert (len(items), items[-1]) == (51, "and 950 more")
    assert len(items[0]) == 301
