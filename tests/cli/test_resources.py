"""`portal resources`: what their page does, and who could do less, said first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.history import history

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from portal.accounts.models import User
    from portal.bootstrap import Portal

    Command = Callable[..., Result]
    Said = Callable[..., Any]
    AddPerson = Callable[..., User]


def test_a_resource_from_beginning_to_end(portal: Portal, command: Command, said: Said) -> None:
    made = said("resources", "create", "wiki", "--type", "service", "--set", "level=3", "--set", "team=press")
    assert made["metadata"] == {"level": 3, "team": "press"}
    said("roles", "create", "editor")
    said("roles", "permissions", "allow", "editor", "update", "wiki")
    shown = said("resources", "show", "wiki")
    assert shown["permitted"] == [{"role": "editor", "action": "update", "conditions": None}]
    edited = said("resources", "edit", "wiki", "--name", "handbook", "--unset", "team", "--set", "level=4")
    assert (edited["name"], edited["type"], edited["metadata"]) == ("handbook", "service", {"level": 4})
    assert [one["name"] for one in said("resources", "list", "--type", "service")["items"]] == ["handbook"]
    assert said("resources", "delete", "handbook", "--yes")["deleted"] is True
    assert command("resources", "show", "handbook").exit_code == 3
    told = history(portal, "resource.created", "resource.edited", "resource.deleted")
    assert [entry.actor_kind for entry in told] == ["cli"] * 3


def test_who_loses_what_is_said_before_anything_is_changed(
    command: Command, said: Said, add_person: AddPerson
) -> None:
    add_person("maya@example.org", name="Maya Okafor")
    said("resources", "create", "wiki", "--type", "service", "--set", "level=1")
    said("roles", "create", "editor")
    low = '{"attribute": "resource.level", "operator": "less", "value": 3}'
    said("roles", "permissions", "allow", "editor", "update", "wiki", "--if", low)
    said("users", "give-role", "maya", "editor")
    for words in (("edit", "wiki", "--set", "level=5"), ("delete", "wiki")):
        refused = command("resources", *words)
        assert refused.exit_code == 1
        assert "update wiki: Maya Okafor" in refused.stderr
    assert said("resources", "show", "wiki")["metadata"] == {"level": 1}
    assert said("resources", "edit", "wiki", "--set", "level=5", "--yes")["metadata"] == {"level": 5}


def test_the_portal_s_own_rooms_stay(command: Command, said: Said) -> None:
    (room,) = said("resources", "list", "-q", "access_review")["items"]
    assert room["is_system"]
    assert command("resources", "delete", "access_review", "--yes").exit_code != 0
    assert command("resources", "edit", "access_review", "--name", "other").exit_code != 0
    assert command("resources", "edit", "access_review").exit_code == 2
    assert command("resources", "create", "more", "--type", "portal").exit_code != 0
    assert command("resources", "create", "more", "--type", "x", "--set", "nothing").exit_code == 2
