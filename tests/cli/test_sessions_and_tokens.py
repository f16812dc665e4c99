"""`portal sessions`, `portal tokens` and `portal audit list`: what is open, what it hangs on, what happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal.accounts.repository import Users
from portal.grants.services.issued import Issued
from portal.grants.usecases.own_tokens import issue_own_tokens
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from tests.support.history import history
from tests.support.people import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient
    from typer.testing import Result

    from portal.accounts.models import User
    from portal.bootstrap import Portal

    Command = Callable[..., Result]
    Said = Callable[..., Any]
    AddPerson = Callable[..., User]


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person("maya@example.org")


def test_sessions_are_listed_and_ended(
    portal: Portal, app: Flask, command: Command, said: Said, maya: User, add_person: AddPerson
) -> None:
    browsers: list[FlaskClient] = [sign_in(app.test_client(), portal, maya) for _ in range(3)]
    sign_in(app.test_client(), portal, add_person("devon@example.org"))
    first = said("sessions", "list", "--user", "maya", "--limit", "2")
    rest = said("sessions", "list", "--user", "maya", "--limit", "2", "--cursor", first["next"])
    found = first["items"] + rest["items"]
    assert (len(found), {one["username"] for one in found}) == (3, {"maya"})
    assert command("sessions", "end", found[0]["id"]).exit_code == 1
    assert said("sessions", "end", found[0]["id"], "--yes") == {"ended": 1}
    assert said("sessions", "end", found[0]["id"], "--yes") == {"ended": 0}
    assert command("sessions", "end", str(new_id()), "--yes").exit_code == 3
    assert command("sessions", "end", "--yes").exit_code == 2
    assert said("sessions", "end", "--user", "maya", "--yes") == {"ended": 2}
    assert {browser.get("/account").status_code for browser in browsers} == {303}
    assert len(said("sessions", "list", "--hours", "1")["items"]) == 1
    assert {entry.actor_kind for entry in history(portal, "session.ended")} == {"cli"}


def _connected(portal: Portal, person: User, client_id: str) -> str:
    """The person has allowed the app everything; the refresh token that it got."""
    client = portal.clients.find(client_id)
    assert client is not None
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).get(person.id)
        assert user is not None
        issued = issue_own_tokens(uow, user, client=client)
    assert isinstance(issued, Issued)
    assert issued.refresh_token is not None
    return issued.refresh_token


def test_grants_and_tokens_are_listed_inspected_and_ended(
    portal: Portal, command: Command, said: Said, maya: User
) -> None:
    wiki = ("clients", "create", "Wiki", "--kind", "web", "--redirect-uri", "https://wiki.example.org/cb")
    client_id = said(*wiki, "--everyone")["client_id"]
    refresh_token = _connected(portal, maya, client_id)
    (grant,) = said("tokens", "grants", "--user", "maya")["items"]
    assert (grant["client_name"], grant["username"]) == ("Wiki", "maya")
    assert said("tokens", "grants", "--client", grant["client_id"])["items"] == [grant]
    (family,) = said("tokens", "list", "--client", grant["client_id"], "--user", "maya")["items"]
    inspected = command("tokens", "inspect", "--json", given=refresh_token)
    facts = json.loads(inspected.stdout)
    assert (facts["kind"], facts["counts"], facts["username"]) == ("Refresh token", True, "maya")
    assert (facts["token_id"], refresh_token in inspected.output) == (family["id"], False)
    assert command("tokens", "revoke", family["id"]).exit_code == 1
    said("tokens", "revoke", family["id"], "--yes")
    assert said("tokens", "list", "--user", "maya")["items"] == []
    assert said("tokens", "inspect", given=refresh_token)["end"] == "family_revoked"
    gone = said("tokens", "disconnect", grant["id"], "--reason", "app was sold", "--yes")
    assert gone["revoked"] is True
    assert command("tokens", "disconnect", grant["id"], "--reason", "again", "--yes").exit_code == 3
    assert command("tokens", "list").exit_code == 2
    assert command("tokens", "inspect", given="").exit_code == 2


def test_tokens_of_scripts_are_made_listed_and_revoked(command: Command, said: Said, maya: User) -> None:
    made = said("tokens", "personal", "create", "maya", "Report", "--scope", "users:read", "--days", "30")
    assert made["token"] not in command("tokens", "personal", "list", "maya", "--json").output
    (listed,) = said("tokens", "personal", "list", "maya")["items"]
    assert (listed["name"], listed["scopes"], listed["end"]) == ("Report", ["users:read"], None)
    assert (
        command("tokens", "personal", "create", "maya", "R", "--scope", "all", "--days", "30").exit_code == 2
    )
    said("tokens", "personal", "revoke", "maya", made["id"], "--reason", "leaked", "--yes")
    assert said("tokens", "personal", "list", "maya")["items"][0]["end"] is not None


def test_the_log_is_read_by_the_filters_of_its_page(
    portal: Portal, command: Command, said: Said, maya: User
) -> None:
    said("users", "disable", "maya", "--reason", "on leave")
    said("users", "enable", "maya")

    def actions(*words: str) -> list[str]:
        return [one["action"] for one in said("audit", "list", *words)["items"]]

    assert actions("--by", "cli", "--subject", "maya") == ["user.enabled", "user.disabled"]
    assert actions("--event", "user.disabled", "--days", "1") == ["user.disabled"]
    assert actions("--by", "cli", "--reason", "leave") == ["user.disabled"]
    assert actions("--by", "cli", "--text", "maya", "--kind", "roles") == []
    assert actions("--until", "2001-01-01") == []
    first = said("audit", "list", "--limit", "1")
    assert said("audit", "list", "--limit", "1", "--cursor", first["next"])["items"] != first["items"]
    entry = said("audit", "show", first["items"][0]["id"])
    assert (entry["action"], entry["actor"]["kind"]) == ("user.enabled", "cli")
    (line, _) = command("audit", "list", "--by", "cli", "--subject", "maya").stdout.splitlines()
    assert "enabled maya again" in line
    assert command("audit", "show", str(new_id())).exit_code == 3
    assert command("audit", "list", "--event", "user.danced").exit_code == 2
    assert command("audit", "list", "--since", "soon").exit_code == 2
    exported = command(
        "audit", "export", "--format", "jsonl", "--by", "cli", "--subject", "maya"
    ).stdout.splitlines()
    assert [json.loads(one)["action"] for one in exported] == ["user.enabled", "user.disabled"]
    assert history(portal, "audit.exported")[-1].details["filter"] == {"by": "cli", "subject": "maya"}
