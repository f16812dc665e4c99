"""What others say of an app that registers itself: who vouches for it, and which addresses are in one sector."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.infra.settings import Settings
from tests.infra.listeners import Listen, Listener, listen, says
from tests.oauth.conftest import client_row
from tests.oauth.registering import PATH, Registered, refusal, register, registered, usual
from tests.oauth.steps import CALLBACK
from tests.support.signing import OwnKey, key_set

__all__ = ["listen"]

pytestmark = [
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
    pytest.mark.settings(client_registration="open", fetch_loopback=True),
]

TRUSTED = OwnKey("ES256", kid="federation")
STRANGER = OwnKey("ES256", kid="stranger")
OTHER = "https://other.example/callback"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """A portal that trusts one federation's statements."""
    path = tmp_path / "statement-keys.json"
    path.write_text(json.dumps(key_set(TRUSTED)), encoding="utf-8")
    return settings.model_copy(update={"software_statement_keys": path})


def statement(key: OwnKey = TRUSTED, **claims: object) -> str:
    return key.sign({"iss": "https://federation.example", "software_id": "kestrel", **claims})


# --------------------------------------------------------------------------------------------- software statements


def test_what_a_statement_says_wins_and_vouches(portal: Portal, program: FlaskClient) -> None:
    text = statement(client_name="Kestrel of the federation", redirect_uris=[CALLBACK], exp=4_000_000_000)
    made = registered(program, client_name="Your bank", redirect_uris=[OTHER], software_statement=text)
    assert made.metadata["client_name"] == "Kestrel of the federation"
    assert made.metadata["redirect_uris"] == [CALLBACK]
    assert made.metadata["software_id"] == "kestrel"
    assert made.metadata["software_statement"] == text
    assert "iss" not in made.metadata
    assert client_row(portal, made.app).is_vouched


def test_who_was_vouched_for_may_ask_what_people_hold_here(program: FlaskClient) -> None:
    asked = "openid roles"
    assert registered(program, scope=asked, software_statement=statement()).metadata["scope"] == asked
    assert registered(program, scope=asked).metadata["scope"] == "openid"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (statement(STRANGER), "unapproved_software_statement"),
        (statement(exp=1_000_000_000), "invalid_software_statement"),
        (statement(nbf=4_000_000_000), "invalid_software_statement"),
        (statement(exp="soon"), "invalid_software_statement"),
        (TRUSTED.sign({"software_id": "x"}), "invalid_software_statement"),
        (TRUSTED.sign({"iss": "x"}, typ="at+jwt"), "invalid_software_statement"),
        (TRUSTED.sign({"iss": "x"}, jku="https://evil.example/keys"), "invalid_software_statement"),
        (statement()[:-6] + "AAAAAA", "invalid_software_statement"),
        ("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.", "invalid_software_statement"),
        ("x", "invalid_software_statement"),
        (7, "invalid_software_statement"),
    ],
)
def test_a_statement_that_nobody_can_believe_registers_nothing(
    program: FlaskClient, text: object, error: str
) -> None:
    assert refusal(register(program, software_statement=text)) == error


def test_a_statement_can_not_say_what_no_app_can_have(program: FlaskClient) -> None:
    text = statement(redirect_uris=["javascript:alert(1)"])
    assert refusal(register(program, software_statement=text)) == "invalid_redirect_uri"


# ------------------------------------------------------------------------------------------------------- sectors


def in_sector(program: FlaskClient, server: Listener, *uris: str) -> Registered:
    address = f"http://localhost:{server.port}/redirect_uris.json"
    return registered(
        program, redirect_uris=list(uris), subject_type="pairwise", sector_identifier_uri=address
    )


def listed(*uris: object) -> bytes:
    return json.dumps(uris).encode()


def test_oidcc_registration_sector_uri(program: FlaskClient, listen: Listen) -> None:
    made = in_sector(program, listen(says(listed(CALLBACK, OTHER))), CALLBACK, OTHER)
    assert made.metadata["subject_type"] == "pairwise"
    assert made.metadata["sector_identifier_uri"].endswith("/redirect_uris.json")


def test_oidcc_registration_sector_bad(program: FlaskClient, listen: Listen) -> None:
    server = listen(says(listed(OTHER)))
    sent = {"subject_type": "pairwise", "sector_identifier_uri": f"http://localhost:{server.port}/x"}
    assert refusal(register(program, **sent)) == "invalid_client_metadata"


def test_a_replacement_is_held_against_the_sector_too(program: FlaskClient, listen: Listen) -> None:
    made = in_sector(program, listen(says(listed(CALLBACK))), CALLBACK)
    sector = made.metadata["sector_identifier_uri"]
    answer = made.replace(program, redirect_uris=[CALLBACK, OTHER], sector_identifier_uri=sector)
    assert refusal(answer) == "invalid_client_metadata"


# ---------------------------------------------------------------------------------------------------------- SSRF

INSIDE = [
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://[::ffff:127.0.0.1]/",
    "https://[fd00::1]/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://user@localhost/",
    "file:///etc/passwd",
    "data:application/json,[]",
    "gopher://127.0.0.1/",
]


@pytest.mark.parametrize(
    "member", ["sector_identifier_uri", "jwks_uri", "backchannel_logout_uri", "request_uris"]
)
def test_C9_addresses_of_the_house_are_not_even_registered(program: FlaskClient, member: str) -> None:  # noqa: N802
    """CVE-2026-1180, CVE-2020-10770, CVE-2026-48522, CVE-2025-67494."""
    for uri in INSIDE:
        sent = {member: [uri] if member == "request_uris" else uri}
        assert refusal(program.post(PATH, json=usual(**sent))) == "invalid_client_metadata", uri


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
@pytest.mark.settings(fetch_loopback=False)
def test_C9_a_canary_in_the_house_is_not_reached(  # noqa: N802
    program: FlaskClient, listen: Listen, host: str
) -> None:
    canary = listen(says(listed(CALLBACK)))
    for scheme in ("https", "http"):
        sent = {"sector_identifier_uri": f"{scheme}://{host}:{canary.port}/"}
        assert refusal(register(program, **sent)) == "invalid_client_metadata"
    assert canary.connections == 0
