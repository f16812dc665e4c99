"""`portal clients`: what the pages about apps do; secrets are printed once, and only there."""

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

WIKI = ("clients", "create", "Wiki", "--kind", "web", "--redirect-uri", "https://wiki.example.org/cb")


KINDS = {"web": True, "spa": False, "native": False, "service": True, "fapi2": False, "legacy": True}
"""And whether it has a secret."""


def test_an_app_of_each_kind_starts_as_its_kind_says(said: Said) -> None:
    made: dict[str, Any] = {}
    for kind, has_secret in KINDS.items():
        people = () if kind == "service" else ("--redirect-uri", "https://wiki.example.org/cb", "--everyone")
        made = said("clients", "create", "Wiki", "--kind", kind, *people)
        assert (made["kind"], made["secret"] is not None) == (kind, has_secret)
        assert (len(made["secrets"]), made["everyone_may_use"]) == (int(has_secret), kind != "service")
    assert "secret" not in said("clients", "show", made["client_id"])


def test_a_secret_is_printed_once_and_logged_nowhere(portal: Portal, command: Command, said: Said) -> None:
    made = said(*WIKI)
    issued = said("clients", "secret", "add", made["client_id"], "--overlap", "hour")
    listed = said("clients", "secret", "list", made["client_id"])["items"]
    assert {one["id"] for one in listed} == {issued["id"], made["secrets"][0]["id"]}
    kept = "".join(f"{entry.after_state}{entry.details}{entry.subjects}" for entry in history(portal))
    assert issued["secret"] not in command("clients", "show", made["client_id"], "--json").output + kept
    told = command("clients", "secret", "add", made["client_id"])
    assert told.stdout.startswith("The new secret is shown this once:\n\n  ")
    refused = command("clients", "secret", "revoke", made["client_id"], issued["id"])
    assert refused.exit_code == 1
    said("clients", "secret", "revoke", made["client_id"], issued["id"], "--yes")
    assert command("clients", "secret", "revoke", made["client_id"], issued["id"], "--yes").exit_code == 3


def test_settings_are_changed_by_their_names(command: Command, said: Said) -> None:
    client_id = said(*WIKI)["client_id"]
    edited = said(
        "clients", "edit", client_id,
        "--set", "client_name=Wiki of the press", "--set", 'scopes=["openid","groups"]',
        "--set", "access_token_seconds=600", "--set", "require_auth_time=true",
    )  # fmt: skip
    assert edited["client_name"] == "Wiki of the press"
    settings = edited["settings"]
    assert (settings["scope"], settings["access_token_seconds"]) == ("openid groups", 600)
    assert (settings["require_auth_time"], settings["redirect_uris"]) == (
        True,
        ["https://wiki.example.org/cb"],
    )
    back = said("clients", "edit", client_id, "--set", "access_token_seconds=")["settings"]
    assert (back["access_token_seconds"], back["require_auth_time"]) == (None, True)
    assert said("clients", "edit", client_id, "--preset")["settings"]["require_auth_time"] is False


REFUSED = [
    ("access_token_second=60", "did you mean access_token_seconds?"),
    ("access_token_seconds=1", "access_token_seconds: "),
    ("kind=spa", "kind is no setting of apps"),
    ("token_endpoint_auth_method=none", "token_endpoint_auth_method: "),
    ("scopes=[", "is no JSON"),
    ('access_claims=["roles"]', "Let it ask for roles first."),
    ("subject_type", "write it as name=value"),
]


def test_a_setting_that_can_not_be_is_refused_and_nothing_changes(command: Command, said: Said) -> None:
    made = said(*WIKI)
    for wish, words in REFUSED:
        refused = command("clients", "edit", made["client_id"], "--set", "client_name=Other", "--set", wish)
        assert (refused.exit_code, words in refused.stderr) == (2, True), refused.stderr
    assert said("clients", "show", made["client_id"])["client_name"] == "Wiki"


def test_who_may_use_an_app_is_chosen(command: Command, said: Said, add_person: Callable[..., User]) -> None:
    add_person("maya@example.org")
    client_id = said(*WIKI)["client_id"]
    refused = command("clients", "access", client_id, "--everyone")
    assert (refused.exit_code, "Gains: use Wiki: Maya" in refused.stderr) == (1, True)
    assert said("clients", "access", client_id, "--everyone", "--yes")["everyone_may_use"] is True
    assert said("clients", "access", client_id, "--role", "administrator", "--yes")["roles"] == [
        "administrator"
    ]
    assert said("clients", "access", client_id, "--nobody", "--yes")["roles"] == []
    assert command("clients", "access", client_id, "--yes").exit_code == 2


def test_redirect_uris_come_and_go(command: Command, said: Said) -> None:
    client_id = said(*WIKI)["client_id"]
    other = "https://wiki.example.org/other"
    assert said("clients", "redirects", "add", client_id, other)["redirect_uris"][1] == other
    bad = command("clients", "redirects", "add", client_id, "javascript:alert(1)", "--json")
    assert (bad.exit_code, json.loads(bad.stderr)["error"]["fields"][0]["field"]) == (2, "redirect_uris")
    said("clients", "redirects", "remove", client_id, other, "--yes")
    (left,) = said("clients", "redirects", "list", client_id)["items"]
    assert left == {"redirect_uri": "https://wiki.example.org/cb"}
    assert command("clients", "redirects", "remove", client_id, other, "--yes").exit_code == 3


def test_an_app_is_shut_opened_and_deleted(portal: Portal, command: Command, said: Said) -> None:
    client_id = said(*WIKI)["client_id"]
    assert said("clients", "disable", client_id)["is_active"] is False
    assert [one["client_id"] for one in said("clients", "list", "--state", "disabled")["items"]] == [
        client_id
    ]
    assert said("clients", "enable", client_id)["is_active"] is True
    assert command("clients", "vouch", client_id, "--withdraw").exit_code == 4
    assert command("clients", "delete", client_id).exit_code == 1
    said("clients", "delete", client_id, "--yes")
    assert command("clients", "show", client_id).exit_code == 3
    assert history(portal, "client.deleted")[0].actor_kind == "cli"
