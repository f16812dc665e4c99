"""How a row was at a moment, from entries alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.audit.rules import Happened, State, Timeline, actions_about, described, only_what_differs
from portal.infra.events import Ref
from portal.infra.ids import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)
MAYA = Ref("user", new_id(), "maya")
EDITOR = Ref("role", new_id(), "editor")
HARBOUR = Ref("group", new_id(), "Harbour")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def happened(number: float, action: str, *touched: Ref, **sides: Any) -> Happened:  # noqa: ANN401
    return Happened(id=new_id(), at=day(number), action=action, touched=touched, **sides)


def timeline(row: Ref, present: State | None, *entries: Happened, begins: float | None = 0) -> Timeline:
    begins_at = day(begins) if begins is not None else None
    return Timeline(row, present=present, happened=entries, begins_at=begins_at)


def fields_at(line: Timeline, number: float) -> dict[str, Any] | None:
    state = line.as_of(day(number)).state
    return None if state is None else state.fields


RENAMED = happened(2, "user.profile_edited", MAYA, before={"name": "May"}, after={"name": "Maya"})


def test_a_row_older_than_the_log_is_undone_from_today() -> None:
    line = timeline(MAYA, State(fields={"name": "Maya", "locale": "nl"}), RENAMED, begins=1)
    assert fields_at(line, 3) == {"name": "Maya", "locale": "nl"}
    assert fields_at(line, 1.5) == {"name": "May", "locale": "nl"}
    assert line.as_of(day(1.5)).is_known
    assert not line.as_of(day(0.5)).is_known
    assert fields_at(line, 0.5) == {"name": "May", "locale": "nl"}


def test_the_moment_of_a_change_is_after_it() -> None:
    line = timeline(MAYA, State(fields={"name": "Maya"}), RENAMED)
    assert fields_at(line, 2) == {"name": "Maya"}
    assert line.as_of(day(2)).latest == RENAMED
    assert fields_at(line, 1.999) == {"name": "May"}


def test_without_any_entry_it_was_as_it_is() -> None:
    line = timeline(MAYA, State(fields={"name": "Maya"}), begins=None)
    assert fields_at(line, 5) == {"name": "Maya"}
    assert not line.as_of(day(5)).is_known


def test_before_its_creation_there_was_nothing_and_that_is_known() -> None:
    created = happened(
        2, "role.created", EDITOR, after={"name": "editor", "permissions": {"wiki:read": None}}
    )
    line = timeline(EDITOR, State(fields={"name": "editor"}), created, begins=1)
    before = line.as_of(day(0))
    assert (before.state, before.is_known) == (None, True)


def test_a_deleted_row_is_put_together_from_what_was_said_of_it() -> None:
    line = timeline(
        EDITOR,
        None,
        happened(1, "role.created", EDITOR, after={"name": "editor", "permissions": {"wiki:read": None}}),
        happened(2, "role.assigned", MAYA, EDITOR, after={"role": "editor", "expires_at": None}),
        happened(3, "role.deleted", EDITOR, before={"name": "editor", "permissions": {"wiki:read": None}}),
    )
    state = line.as_of(day(2.5)).state
    assert state is not None
    assert state.fields == {"name": "editor"}
    assert list(state.bonds["permissions"]) == ["wiki:read"]
    assert list(state.bonds["people"]) == [str(MAYA.id)]
    assert line.as_of(day(3)).state is None
    assert not line.vanished


def test_what_ends_with_a_neighbour_was_there_until_then() -> None:
    line = timeline(
        MAYA,
        State(fields={"name": "Maya"}),
        happened(1, "role.assigned", MAYA, EDITOR, after={"role": "editor", "expires_at": None}),
        happened(2, "group.member_added", HARBOUR, MAYA, after={"expires_at": None}),
        happened(3, "role.deleted", EDITOR, before={"name": "editor"}),
    )
    for number, held in ((1.5, True), (2.5, True), (3, False), (4, False)):
        found = line.as_of(day(number))
        assert found.state is not None
        assert (str(EDITOR.id) in found.state.bonds.get("roles", {})) is held, number
        # the group is not there today, and nothing says when she left
        assert found.doubtful == (frozenset() if number < 2 else {"groups"})


def test_permissions_are_told_as_they_changed() -> None:
    conditions = {"equals": [{"ref": "subject.department"}, "north"]}
    granted, none = {"granted": True, "conditions": conditions}, {"granted": False}
    always = {"granted": True, "conditions": None}
    line = timeline(
        EDITOR,
        State(
            fields={"name": "editor"},
            bonds={"permissions": {"wiki:update": {"label": "wiki:update", "conditions": conditions}}},
        ),
        happened(
            1,
            "role.permissions_changed",
            EDITOR,
            before={"permissions": {"wiki:read": always, "wiki:update": none}},
            after={"permissions": {"wiki:read": none, "wiki:update": granted}},
        ),
    )
    before, after = line.as_of(day(0)), line.as_of(day(1))
    assert described(before.state, kind="role", at=day(0))["Permissions"] == ["wiki:read"]
    told = described(after.state, kind="role", at=day(1))["Permissions"]
    assert isinstance(told, list)
    assert told[0].startswith("wiki:update if {")
    assert (before.doubtful, after.doubtful) == (frozenset(), frozenset())


def test_a_contradiction_is_named_and_the_log_is_believed() -> None:
    line = timeline(MAYA, State(fields={"name": "By hand", "locale": "nl"}), RENAMED)
    found = line.as_of(day(3))
    assert found.state is not None
    assert found.state.fields == {"name": "Maya", "locale": "nl"}
    assert found.doubtful == {"name"}
    assert line.as_of(day(1)).doubtful == frozenset()


def test_a_row_that_vanished_is_what_was_last_heard_of_it() -> None:
    line = timeline(MAYA, None, RENAMED)
    assert line.vanished
    assert fields_at(line, 3) == {"name": "Maya"}
    assert fields_at(line, 1) is None


def test_who_may_use_an_app_follows_names() -> None:
    app, author = Ref("client", new_id(), "Kestrel"), Ref("role", EDITOR.id, "author")
    closed, opened = {"roles": [], "groups": ["Harbour"]}, {"roles": ["editor"], "groups": []}
    line = timeline(
        app,
        State(
            fields={"client_name": "Kestrel"},
            bonds={"roles": {str(author.id): {"label": "author", "expires_at": None}}},
        ),
        happened(1, "client.registered", app, HARBOUR, after={"client_name": "Kestrel", **closed}),
        happened(2, "client.access_changed", app, EDITOR, HARBOUR, before=closed, after=opened),
    )
    found = line.as_of(day(3))
    assert found.doubtful == frozenset()
    assert described(found.state, kind="client", at=day(3))["Roles"] == ["author"]  # as it is called today
    assert described(line.as_of(day(1)).state, kind="client", at=day(1))["Groups"] == ["Harbour"]


@pytest.mark.parametrize(
    ("kind", "without"), [("user", "user.signed_in"), ("client", "client.secret_rotated")]
)
def test_what_changes_no_state_is_not_asked_for(kind: str, without: str) -> None:
    actions = actions_about(kind)
    assert without not in actions
    assert all(action.startswith(f"{kind}.") or kind == "user" for action in actions)


def test_nothing_and_an_empty_list_are_no_difference() -> None:
    before, after = only_what_differs({"Roles": [], "Name": "a"}, {"Name": "b", "Nickname": None})
    assert (before, after) == ({"Name": "a"}, {"Name": "b"})


def test_a_long_list_is_cut_and_counted() -> None:
    bonds = {str(number): {"label": f"person {number:03}", "expires_at": None} for number in range(250)}
    told = described(State(bonds={"members": dict(bonds)}), kind="group", at=START)["Members"]
    assert isinstance(told, list)
    assert (len(told), told[-1]) == (201, "and 50 more")
