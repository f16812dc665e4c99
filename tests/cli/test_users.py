"""`portal users`: what the pages about people do, by the same rules, from the host."""

from __future__ import annotations

import json
import os
import pwd
from typing import TYPE_CHECKING, Any

from portal.accounts.repository import Users
from portal.sessions.repository import Sessions
from tests.support.history import history
from tests.support.people import PASSWORD, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient
    from typer.testing import Result

    from portal.accounts.models import User
    from portal.bootstrap import Portal

    Command = Callable[..., Result]
    Said = Callable[..., Any]
    AddPerson = Callable[..., User]

NEW = "seven kites above a slow green river"
SHORT = {
    "id", "username", "email", "email_verified", "name", "is_active", "roles", "created_at", "last_sign_in_at",
}  # fmt: skip


def _user(portal: Portal, username: str) -> User | None:
    with portal.reading() as session:
        return Users(session).by_username(username)


def test_the_list_goes_on_where_it_stopped(said: Said, add_person: AddPerson) -> None:
    for name in ("maya", "devon", "ines"):
        add_person(f"{name}@example.org")
    first = said("users", "list", "--sort", "name", "--limit", "2")
    assert [one["username"] for one in first["items"]] == ["devon", "ines"]
    assert set(first["items"][0]) == SHORT
    rest = said("users", "list", "--sort", "name", "--limit", "2", "--cursor", first["next"])
    assert ([one["username"] for one in rest["items"]], rest["next"]) == (["maya"], None)


def test_the_list_is_narrowed_as_on_the_page(command: Command, said: Said, add_person: AddPerson) -> None:
    add_person("maya@example.org", administrator=True)
    add_person("devon@example.org")
    said("users", "disable", "devon", "--reason", "left")

    def found(*words: str) -> list[str]:
        return [one["username"] for one in said("users", "list", *words)["items"]]

    assert found("--text", "may") == ["maya"]
    assert found("--role", "administrator") == ["maya"]
    assert found("--state", "disabled") == ["devon"]
    assert found("--joined-since", "2200-01-01") == []
    assert command("users", "list", "--role", "nothing").exit_code == 3
    assert command("users", "list", "--joined-since", "soon").exit_code == 2
    assert command("users", "list", "--cursor", "stale").exit_code == 2


def test_lines_of_a_pipe_are_cells_between_tabs(command: Command, add_person: AddPerson) -> None:
    add_person("maya@example.org", name="Maya Okafor")
    (line,) = command("users", "list").stdout.splitlines()
    assert line.split("\t")[:5] == ["maya", "maya@example.org", "Maya Okafor", "yes", "yes"]


def test_somebody_gets_an_account_and_a_link(portal: Portal, said: Said, command: Command) -> None:
    made = said("users", "create", "maya@example.org", "--name", "Maya Okafor", "--link")
    assert (made["username"], made["has_password"]) == ("maya", False)
    assert made["link"].startswith("http://localhost/recover/")
    assert command("users", "create", "maya@example.org", "--name", "Maya").exit_code == 2
    entry = history(portal, "user.created")[-1]
    assert (entry.actor_kind, entry.actor_label) == ("cli", pwd.getpwuid(os.getuid()).pw_name)
    assert history(portal, "user.password_link_made")[-1].actor_kind == "cli"


def test_an_invitation_goes_out_by_mail(command: Command, deliver: Callable[[], int], post: Any) -> None:  # noqa: ANN401
    done = command("users", "create", "maya@example.org", "--name", "Maya", "--invite")
    assert done.stdout == "Maya has an account as maya and gets a mail\n"
    deliver()
    assert len(post.to("maya@example.org")) == 1
    assert command("users", "invite", "maya").exit_code == 0


def test_a_password_comes_from_standard_input_and_keeps_the_rules(
    portal: Portal, command: Command, said: Said
) -> None:
    words = ("users", "create", "maya@example.org", "--name", "Maya", "--password-stdin")
    weak = command(*words, given="maya\n")
    assert (weak.exit_code, "password: " in weak.stderr, weak.stdout) == (2, True, "")
    assert command(*words, given="").exit_code == 2
    assert said(*words, given=f"{NEW}\n")["has_password"] is True
    user = _user(portal, "maya")
    assert user is not None
    assert portal.ports.passwords.verify(user.password_hash, NEW).matches


def test_another_password_ends_what_was_open(
    portal: Portal, command: Command, add_person: AddPerson, client: FlaskClient
) -> None:
    maya = add_person("maya@example.org")
    sign_in(client, portal, maya)
    done = command("users", "set-password", "maya", given=NEW)
    assert (done.exit_code, NEW in done.output) == (0, False)
    assert client.get("/account").status_code == 303
    with portal.reading() as session:
        assert Sessions(session).live_of(maya.id, at=portal.ports.clock.now()) == []
    user = _user(portal, "maya")
    assert user is not None
    assert not portal.ports.passwords.verify(user.password_hash, PASSWORD).matches
    assert history(portal, "user.password_set")[-1].actor_kind == "cli"


def test_a_recovery_link_is_mailed_or_printed(said: Said, command: Command, add_person: AddPerson) -> None:
    add_person("maya@example.org")
    assert said("users", "recover", "maya")["mailed"] is True
    printed = said("users", "recover", "maya", "--link", "--reason", "no mail today")
    assert printed["link"].startswith("http://localhost/recover/")
    said("users", "disable", "maya", "--reason", "left")
    refused = command("users", "recover", "maya", "--link")
    assert (refused.exit_code, refused.stderr) == (4, "portal: The account is disabled. Enable it first.\n")


def test_a_profile_is_changed_field_by_field(command: Command, said: Said, add_person: AddPerson) -> None:
    add_person("maya@example.org")
    edited = said("users", "edit", "maya", "--name", "Maya Okafor", "--set", "zoneinfo=Europe/Amsterdam")
    assert (edited["name"], edited["profile"]) == ("Maya Okafor", {"zoneinfo": "Europe/Amsterdam"})
    assert said("users", "edit", "maya", "--set", "zoneinfo=")["profile"] == {}
    for words in ([], ["--set", "zoneinfo=Nowhere"], ["--set", "is_active=false"], ["--set", "zoneinfo"]):
        assert command("users", "edit", "maya", *words).exit_code == 2, words


def test_attributes_are_noted_one_by_one(said: Said, add_person: AddPerson) -> None:
    add_person("maya@example.org")
    said("users", "attributes", "maya", "--set", "level=3", "--set", "department=research")
    said("users", "attributes", "maya", "--unset", "department", "--set", "region=north")
    assert said("users", "attributes", "maya") == {"level": 3, "region": "north"}


def test_the_last_administrator_stays(portal: Portal, command: Command, add_person: AddPerson) -> None:
    add_person("maya@example.org", administrator=True)
    for words in (
        ["disable", "maya", "--reason", "left"],
        ["delete", "maya", "--reason", "left", "--yes"],
        ["take-role", "maya", "administrator", "--yes"],
        ["give-role", "maya", "administrator", "--until", "2099-01-01"],
    ):
        refused = command("users", *words, "--json")
        assert (refused.exit_code, json.loads(refused.stderr)["error"]["code"]) == (4, "last_administrator")
    user = _user(portal, "maya")
    assert user is not None
    assert user.is_active


def test_who_is_deleted_is_gone_with_everything(
    portal: Portal, command: Command, said: Said, add_person: AddPerson, client: FlaskClient
) -> None:
    devon = add_person("devon@example.org")
    sign_in(client, portal, devon)
    refused = command("users", "delete", "devon", "--reason", "asked for it")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert refused.stderr.endswith("Nothing was changed; say it again with --yes.\n")
    assert _user(portal, "devon") is not None
    gone = said("users", "delete", "devon", "--reason", "asked for it", "--erase", "--yes")
    assert gone == {"id": str(devon.id), "deleted": True, "erased": True}
    assert _user(portal, "devon") is None
    assert client.get("/account").status_code == 303
    entry = history(portal, "user.deleted")[-1]
    assert "devon" not in f"{entry.before_state}{entry.resource_label}{entry.reason}"
    assert command("users", "show", "devon").exit_code == 3


def test_roles_and_groups_are_given_until_a_day(command: Command, said: Said, add_person: AddPerson) -> None:
    add_person("maya@example.org")
    said("roles", "create", "surveyor")
    said("groups", "create", "Press")
    given = said("users", "give-role", "maya", "surveyor", "--until", "2099-12-24", "--reason", "the audit")
    assert given == {"user": "maya", "role": "surveyor", "ends_at": "2099-12-24T23:59:59Z"}
    said("users", "join-group", "maya", "press")
    shown = said("users", "show", "maya")
    assert {one["role"] for one in shown["held"]} == {"surveyor", "user"}
    assert shown["groups"] == [{"group": "Press", "ends_at": None}]
    assert command("users", "give-role", "maya", "surveyor", "--until", "2001-01-01").exit_code == 2
    assert command("users", "take-role", "maya", "surveyor").exit_code == 1
    said("users", "take-role", "maya", "surveyor", "--yes")
    said("users", "leave-group", "maya", "Press", "--yes")
    assert said("users", "show", "maya")["groups"] == []
    assert command("users", "leave-group", "maya", "Press", "--yes").exit_code == 3


def test_an_export_has_its_entry(portal: Portal, command: Command, add_person: AddPerson) -> None:
    add_person("maya@example.org")
    add_person("devon@example.org")
    lines = command("users", "export", "--format", "jsonl", "--text", "maya").stdout.splitlines()
    assert [json.loads(line)["email"] for line in lines] == ["maya@example.org"]
    assert command("users", "export").stdout.splitlines()[0].startswith("id,username,email")
    details = history(portal, "users.exported")[0].details
    assert details == {"filter": {"text": "maya"}, "format": "jsonl", "people": 1}
