"""`portal conformance load`: fixtures of a suite, in a portal for trials and nowhere else."""

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.bootstrap import Portal
from portal.cli.fixtures import FileRefused, NotATrial, place, read_fixtures
from portal.clients.repository import Clients
from tests.support.databases import Databases
from tests.support.portals import cheap_settings, open_portal

FOLDER = Path(__file__).parents[2] / "deploy" / "conformance"
EXAMPLE = FOLDER / "example.toml"
SUITES = sorted(FOLDER.glob("suite-*.json"))
implicit = pytest.mark.settings(implicit_flow=True)


def _load(portal: Portal, file: Path = EXAMPLE, *, surely: bool = False) -> list[str]:
    return list(place(portal, read_fixtures(file), surely=surely))


@implicit
def test_the_example_is_put_in_place_and_again_without_a_trace_of_the_first(portal: Portal) -> None:
    said = _load(portal)
    assert said[-1] == "discoveryUrl: http://localhost/.well-known/openid-configuration"
    assert _load(portal) == said
    with portal.reading() as session:
        assert Clients(session).count() == len(tomllib.loads(EXAMPLE.read_text())["clients"])
        assert Users(session).count() == len(tomllib.loads(EXAMPLE.read_text())["people"])
        robin = Users(session).by_username("robin")
    assert robin is not None
    assert robin.email_verified
    assert robin.phone_number_verified_at is not None


@implicit
def test_an_app_gets_what_its_kind_says_and_what_the_file_says_beyond(portal: Portal) -> None:
    _load(portal)
    fapi, basic = portal.clients.find("fapi-1"), portal.clients.find("basic")
    assert fapi is not None
    assert basic is not None
    assert fapi.switches.require_pushed_authorization_requests
    assert fapi.switches.dpop_bound_access_tokens
    assert fapi.switches.token_endpoint_auth_signing_alg == fapi.id_token_signed_response_alg == "ES256"
    assert fapi.needs_pkce
    assert not basic.needs_pkce
    assert basic.switches.assertion_audience == "issuer_or_endpoint"


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.stem)
@implicit
def test_a_suite_configuration_knows_the_clients_that_the_file_holds(portal: Portal, suite: Path) -> None:
    _load(portal)
    at = portal.ports.clock.now()
    for name, given in json.loads(suite.read_text()).items():
        if not name.startswith("client") or "client_id" not in given:
            continue  # no client, or one that registers itself
        client = portal.clients.find(given["client_id"])
        assert client is not None, name
        if "client_secret" in given:
            assert client.secret_behind(given["client_secret"], at=at) is not None
        else:
            (key,), registered = given["jwks"]["keys"], client.jwks or {}
            assert registered["keys"] == [{name: value for name, value in key.items() if name != "d"}]


def _ids(entry: Any) -> Iterator[str]:  # noqa: ANN401 - a suite's configuration
    """Every element that a suite's script types into, clicks or waits for."""
    if isinstance(entry, list) and entry[:1] in (["text"], ["click"], ["wait"]) and entry[1] == "id":
        yield entry[2]
    elif isinstance(entry, list | dict):
        for one in entry.values() if isinstance(entry, dict) else entry:
            yield from _ids(one)


def test_the_scripts_of_the_suites_name_elements_that_pages_have(client: FlaskClient) -> None:
    named = {name for suite in SUITES for name in _ids(json.loads(suite.read_text()))}
    templates = "".join(
        page.read_text() for page in (FOLDER.parents[1] / "templates").rglob("*.html")
    ) + client.get("/login").get_data(as_text=True)
    missing = {
        name
        for name in named - {"submission_complete", "password"}
        if not re.search(rf'id="{name}"', templates)
    }
    assert missing == set(), "submission_complete is the suite's own"
    assert named >= {"identifier", "continue", "password", "sign-in", "allow", "deny", "sign-out", "main"}


@implicit
def test_where_others_have_accounts_it_takes_a_word_more(
    portal: Portal, add_person: Callable[..., User]
) -> None:
    add_person("maya@meridian.example")
    with pytest.raises(NotATrial, match="1 other people"):
        _load(portal)
    with portal.reading() as session:
        assert Clients(session).count() == 0
    assert _load(portal, surely=True)


def test_a_portal_in_production_is_left_alone(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("sqlite", tmp_path) as url:
        public = cheap_settings(url, tmp_path / "instance", base_url="https://id.example.org")
        with open_portal(public) as portal, pytest.raises(NotATrial, match="PORTAL_TRIAL"):
            _load(portal, surely=True)
        trial = cheap_settings(
            url, tmp_path / "instance", base_url="https://id.example.org", trial=True, implicit_flow=True
        )
        with open_portal(trial) as portal:
            assert "id.example.org" in _load(portal)[-1]


def test_what_is_wrong_is_named_and_nothing_happens(portal: Portal, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="hybrid: grant_types: This portal doesn't offer"):
        _load(portal)
    with portal.reading() as session:
        assert Clients(session).count() == Users(session).count() == 0
    for text, words in (
        ("[[clients]]\nclient_id = 'a'\nclient_name = 'A'\nsecret = 'hunter2'", "clients.0.secret"),
        ("[[clients]]\nclient_id = 'a'\nclient_name = 'A'\ncolour = 'red'", "clients.0.colour"),
        ("[[people]]\nname = 'X'", "people.0.username"),
        ("nonsense", "can't be read"),
    ):
        file = tmp_path / "wrong.toml"
        file.write_text(text)
        with pytest.raises(FileRefused, match=words) as refused:
            read_fixtures(file)
        assert "hunter2" not in str(refused.value)
    with pytest.raises(FileRefused, match="can't be read"):
        read_fixtures(tmp_path / "absent.json")
