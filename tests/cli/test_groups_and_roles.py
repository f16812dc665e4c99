"""`portal groups` and `portal roles`: what their pages do, and who would lose what, said first."""

from __future__ import annotations

import json
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

CONDITION = {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]}


def test_a_group_from_beginning_to_end(
    portal: Portal, command: Command, said: Said, add_person: AddPerson
) -> None:
    add_person("maya@example.org")
    made = said("groups", "create", "Press", "--description", "Who speaks to the press", "--requestable")
    assert set(made) == {"id", "name", "description", "is_requestable", "roles", "created_at"}
    assert said("groups", "edit", "press", "--name", "Press office")["name"] == "Press office"
    said("roles", "create", "speaker")
    given = said("groups", "roles", "give", "Press office", "speaker", "--until", "2099-12-24")
    assert given["ends_at"] == "2099-12-24T23:59:59Z"
    said("groups", "members", "add", "Press office", "maya", "--reason", "speaks well")
    (member,) = said("groups", "members", "list", "Press office")["items"]
    assert (member["username"], member["reason"]) == ("maya", "speaks well")
    said("groups", "administrators", "add", "Press office", "maya")
    shown = said("groups", "show", "Press office")
    assert (shown["roles"], shown["administrators"]) == (["speaker"], ["maya"])
    said("groups", "administrators", "remove", "Press office", "maya", "--yes")
    said("groups", "roles", "take", "Press office", "speaker", "--yes")
    said("groups", "members", "remove", "Press office", "maya", "--yes")
    said("groups", "delete", "Press office", "--yes")
    assert said("groups", "list") == {"items": [], "next": None}
    assert {entry.actor_kind for entry in history(portal, "group.created", "group.deleted")} == {"cli"}
    assert command("groups", "show", "Press office").exit_code == 3


def test_a_list_of_names_goes_on_where_it_stopped(command: Command, said: Said) -> None:
    for name in ("Press", "Board", "Garden"):
        said("groups", "create", name)
    first = said("groups", "list", "--limit", "2")
    rest = said("groups", "list", "--limit", "2", "--cursor", first["next"])
    assert [one["name"] for one in first["items"] + rest["items"]] == ["Board", "Garden", "Press"]
    shown = command("groups", "list", "--limit", "2")
    assert shown.stderr == f"There are more: --cursor {first['next']}\n"
    assert command("groups", "list", "--cursor", "nowhere").exit_code == 2
    assert command("groups", "list", "--limit", "1000").exit_code == 2


def test_who_loses_what_is_said_before_a_group_goes(
    command: Command, said: Said, add_person: AddPerson
) -> None:
    add_person("maya@example.org")
    said("groups", "create", "Desk")
    said("roles", "create", "looker")
    said("roles", "permissions", "allow", "looker", "read", "audit")
    said("groups", "roles", "give", "Desk", "looker")
    said("groups", "members", "add", "Desk", "maya")
    refused = command("groups", "delete", "Desk")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "Loses: read audit: Maya" in refused.stderr
    assert [one["name"] for one in said("groups", "list")["items"]] == ["Desk"]


def test_a_role_from_beginning_to_end(command: Command, said: Said, add_person: AddPerson) -> None:
    add_person("maya@example.org")
    made = said("roles", "create", "surveyor", "--owner", "maya", "--requestable")
    assert set(made) == {"id", "name", "description", "owner", "is_requestable", "is_system"}
    assert said("roles", "edit", "surveyor", "--description", "Looks", "--owner", "")["owner"] is None
    allow = ("roles", "permissions", "allow", "surveyor", "read", "user")
    assert said(*allow, "--if", json.dumps(CONDITION))["conditions"] == CONDITION
    said("roles", "permissions", "allow", "surveyor", "read", "group")
    (under, always) = sorted(
        said("roles", "permissions", "list", "surveyor")["items"], key=lambda one: one["resource"] != "user"
    )
    assert under == {"resource": "user", "action": "read", "conditions": CONDITION}
    assert always == {"resource": "group", "action": "read", "conditions": None}
    said("users", "give-role", "maya", "surveyor", "--reason", "the survey")
    (holder,) = said("roles", "holders", "surveyor")["items"]
    assert (holder["username"], holder["reason"]) == ("maya", "the survey")
    refused = command("roles", "permissions", "deny", "surveyor", "read", "group")
    assert (refused.exit_code, "Loses: read group: Maya" in refused.stderr) == (1, True)
    said("roles", "permissions", "deny", "surveyor", "read", "group", "--yes")
    assert len(said("roles", "show", "surveyor")["permissions"]) == 1
    said("roles", "delete", "surveyor", "--yes")
    assert command("roles", "show", "surveyor").exit_code == 3


REFUSED = [
    (["create", "administrator"], 2, "name_taken"),
    (["create", "-"], 2, "invalid"),
    (["edit", "administrator", "--name", "boss"], 4, "part_of_the_portal"),
    (["edit", "administrator"], 2, "usage"),
    (["delete", "administrator", "--yes"], 4, "part_of_the_portal"),
    (["permissions", "deny", "administrator", "admin", "user", "--yes"], 4, "part_of_the_portal"),
    (["permissions", "deny", "user", "delete", "client", "--yes"], 3, "not_found"),
    (["permissions", "allow", "user", "read", "nothing"], 3, "resource_not_found"),
    (["permissions", "allow", "user", "dance", "user"], 2, "invalid"),
    (["permissions", "allow", "user", "read", "user", "--if", "[1]"], 2, "usage"),
    (["permissions", "allow", "user", "read", "user", "--if", '{"all": 7}'], 2, "permissions_invalid"),
    (["holders", "nothing"], 3, "role_not_found"),
]


def test_the_rules_of_the_pages_hold_here(command: Command) -> None:
    for words, code, name in REFUSED:
        refused = command("roles", *words, "--json")
        assert (refused.exit_code, refused.stdout) == (code, ""), words
        assert json.loads(refused.stderr)["error"]["code"] == name, words
