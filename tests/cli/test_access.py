"""`portal access why`: the resolver from a terminal, with an exit code that scripts can read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from portal.access.repository import Resources
from portal.access.schemas import CreateRole, GiveRole, PermissionWish, SetPermissions
from portal.access.usecases.assignments import give_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.cli.commands import app
from portal.infra.actor import CLI
from portal.infra.settings import environment_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from portal.infra.settings import Settings

    Why = Callable[..., Result]
    AddPerson = Callable[..., User]


@pytest.fixture
def why(portal: Portal, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Why:
    """The command, in the environment of the portal under test."""
    for name, value in environment_for(settings).items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, ["access", "why", *words])


@pytest.fixture
def devon(portal: Portal, add_person: AddPerson) -> User:
    """He may read users from the office in the morning."""
    person = add_person("devon@example.org")
    conditions = {
        "all": [
            {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]},
            {"attribute": "context.time", "operator": "less", "value": "12:00"},
        ]
    }
    with portal.unit_of_work(CLI) as uow:
        role = create_role(uow, CreateRole(name="reader"))
        users = Resources(uow.session).by_name("user")
        assert users is not None
        wish = PermissionWish(resource_id=users.id, action="read", conditions=conditions)
        set_permissions(uow, role.id, SetPermissions(permissions=(wish,)))
        give_role(uow, person.id, GiveRole(role_id=role.id))
    return person


def test_yes_is_zero_and_tells_the_path(why: Why, devon: User) -> None:
    result = why("devon", "read", "user", "--ip", "10.1.2.3", "--at", "2026-11-23T08:30")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[:4] == [
        "devon may read user",
        "By the role reader.",
        "Path: devon > reader > user:read",
        "Turns to no by itself at 2026-11-23T12:00:00+00:00",
    ]


def test_no_is_one_and_tells_what_was_in_the_way(why: Why, devon: User) -> None:
    result = why("devon@example.org", "read", "user", "--ip", "192.0.2.1", "--at", "2026-11-23T08:30Z")
    assert result.exit_code == 1
    assert "devon may not read user" in result.output
    assert "network address is in “10.0.0.0/8”: no, it was “192.0.2.1”" in result.output
    assert "Hold the role administrator" in result.output


def test_what_is_not_known_does_not_permit(why: Why, devon: User) -> None:
    result = why("devon", "read", "user", "--at", "2026-11-23T08:30")
    assert result.exit_code == 1
    assert "network address is in “10.0.0.0/8”: unknown, it was not known" in result.output


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("nobody", "read", "user"), 3, "nobody has the username"),
        (("devon", "dance", "user"), 2, "Choose one of"),
        (("devon", "read", "user", "--ip", "here"), 2, "Enter an address"),
        (("devon", "read", "user", "--at", "tomorrow"), 2, "Enter a moment"),
        (("devon", "read"), 2, "Missing argument"),
    ],
)
def test_a_question_that_is_none_says_why(
    why: Why, devon: User, words: tuple[str, ...], code: int, told: str
) -> None:
    result = why(*words)
    assert result.exit_code == code
    assert told in result.output


def test_json_is_the_whole_decision(why: Why, devon: User) -> None:
    result = why("devon", "read", "user", "--ip", "10.1.2.3", "--at", "2026-11-23T08:30", "--json")
    decision = json.loads(result.output)
    assert (decision["permitted"], decision["reason"]) == (True, "granted")
    assert [step["label"] for step in decision["path"]] == ["devon", "reader", "user:read"]
    assert decision["changes_at"] == "2026-11-23T12:00:00Z"
    assert [one["held"] for one in decision["considered"][0]["comparisons"]] == [True, True]
