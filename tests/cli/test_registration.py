"""`portal registration token ...`: who may register apps, from the host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from portal.audit.repository import AuditEntries, AuditFilter
from portal.cli.commands import app
from portal.clients.errors import InitialAccessRefused
from portal.clients.repository import InitialAccessTokens
from portal.clients.usecases.initial_access import spend_initial_access
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from portal.infra.settings import environment_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.bootstrap import Portal
    from portal.infra.settings import Settings

    Token = Callable[..., Result]

pytestmark = pytest.mark.settings(client_registration="token")


@pytest.fixture
def token(portal: Portal, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Token:
    """The command, in the environment of the portal under test."""
    for name, value in environment_for(settings).items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, ["registration", "token", *words])


def _json(result: Result) -> Any:  # noqa: ANN401 - what JSON holds
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _spend(portal: Portal, text: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        spend_initial_access(uow, text)


def test_a_token_made_at_the_host_lets_so_many_apps_in(portal: Portal, token: Token) -> None:
    made = _json(token("create", "Kestrel pipeline", "--uses", "2", "--days", "30", "--json"))
    assert made["registration_endpoint"] == "http://localhost/oauth2/register"
    assert (made["label"], made["state"], made["uses_left"]) == ("Kestrel pipeline", "live", 2)
    _spend(portal, made["token"])
    _spend(portal, made["token"])
    with pytest.raises(InitialAccessRefused):
        _spend(portal, made["token"])
    (row,) = _json(token("list", "--all", "--json"))["items"]
    assert (row["id"], row["state"], row["uses_left"]) == (made["id"], "used_up", 0)
    assert _json(token("list", "--json")) == {"items": [], "next": None}
    assert made["token"] not in token("list", "--all").output


def test_its_text_is_printed_once_and_said_to_a_person_in_words(portal: Portal, token: Token) -> None:
    told = token("create", "Kestrel pipeline").stdout
    assert told.startswith(
        "Whoever has this token registers one app at http://localhost/oauth2/register until "
    )
    _spend(portal, told.split()[-1])
    assert token("create", "Team Osprey", "--uses", "1000").stdout.startswith(
        "Whoever has this token registers 1,000 apps at "
    )


def test_one_that_is_revoked_lets_nobody_in(portal: Portal, token: Token) -> None:
    made = _json(token("create", "Kestrel pipeline", "--json"))
    assert token("revoke", made["id"]).stdout == "Nobody registers with “Kestrel pipeline” any more.\n"
    with pytest.raises(InitialAccessRefused):
        _spend(portal, made["token"])
    assert _json(token("revoke", made["id"], "--json"))["state"] == "revoked", "again, and nothing happens"
    with portal.reading() as session:
        entries = AuditEntries(session).page(AuditFilter(), size=2).items
    said = [(entry.action, entry.actor_kind) for entry in entries]
    assert said == [("initial_access_token.revoked", "cli"), ("initial_access_token.made", "cli")]


def test_the_list_is_for_people_too(token: Token) -> None:
    older, newer = (_json(token("create", name, "--json")) for name in ("Kestrel", "Osprey"))
    lines = token("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [newer["id"], older["id"]]
    assert [line.split()[-1] for line in lines] == ["Osprey", "Kestrel"]
    assert lines[0].split()[1:3] == ["live", "1"]


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["create", "Kestrel", "--uses", "0"], 2, "uses: Use at least 1 for the uses"),
        (["create", "Kestrel", "--days", "366"], 2, "days: Use at most 365 for the days"),
        (["create", " "], 2, "label: Enter a label"),
        (["revoke", str(new_id())], 3, "There is no such token."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_and_changes_nothing(
    portal: Portal, token: Token, words: list[str], code: int, complaint: str
) -> None:
    result = token(*words, "--json")
    assert (result.exit_code, result.stdout) == (code, "")
    assert json.loads(result.stderr)["error"]["message"] == complaint
    assert token(*words).stderr == f"portal: {complaint}\n"
    with portal.reading() as session:
        assert InitialAccessTokens(session).all() == []


@pytest.mark.settings(client_registration="closed")
def test_a_portal_that_lets_nobody_register_says_so_beside_the_token(token: Token) -> None:
    result = token("create", "Kestrel", "--json")
    assert _json(result)["state"] == "live"
    assert "once PORTAL_CLIENT_REGISTRATION is token or open" in result.stderr
