"""What no app is registered with, and that whatever is sent is answered."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from portal.bootstrap import Portal
from portal.clients.repository import Clients
from portal.clients.schemas import ClientMetadata
from tests.clients.keys import ec_key, jwks, rsa_key
from tests.oauth.registering import PATH, bearer, refusal, register, usual
from tests.oauth.steps import CALLBACK
from tests.oauth.vectors import REDIRECTS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
opened = pytest.mark.settings(client_registration="open")


@opened
@pytest.mark.parametrize(
    "sent",
    [
        {"response_types": ["token"]},
        {"response_types": ["id_token"]},
        {"response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"]},
        {"response_types": "code"},
        {"grant_types": ["password"]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange", "authorization_code"]},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"userinfo_encrypted_response_alg": "RSA1_5", "jwks": jwks(rsa_key())},
        {"jwks": jwks(), "jwks_uri": "https://kestrel.example/jwks"},
        {"jwks": {"keys": [ec_key().as_dict(private=True)]}},
        {"jwks": "{}"},
        {"client_name": "x\u202ey"},
        {"client_name": 7},
        {"client_name": "x\x00"},
        {"contacts": [f"{number}@kestrel.example" for number in range(21)]},
        {"default_max_age": -1},
        {"subject_type": "secret"},
        {"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://other.example/cb"]},
        {"logo_uri": "javascript:alert(1)"},
        {"policy_uri": "data:text/html,x"},
    ],
)
def test_what_cannot_be_honoured_is_refused(
    portal: Portal, program: FlaskClient, sent: dict[str, Any]
) -> None:
    assert refusal(register(program, **sent)) == "invalid_client_metadata"
    with portal.reading() as session:
        assert Clients(session).count() == 0


@opened
def test_c1_no_address_that_two_readers_understand_in_two_ways_is_registered(program: FlaskClient) -> None:
    """CVE-2026-54072, CVE-2026-29192, PYSEC-2026-4354: whatever is taken is used byte for byte, or not at all."""
    for uri in REDIRECTS:
        answer = register(program, redirect_uris=[uri])
        if answer.status_code == 201:
            assert answer.get_json()["redirect_uris"] == [uri.strip()]
            assert uri.lower().strip().startswith("https://")
            assert not {"@", "#", "*", "\\", " "} & set(uri.strip())
        else:
            assert refusal(answer) == "invalid_redirect_uri", uri


@opened
def test_what_is_no_object_is_refused(program: FlaskClient) -> None:
    for body in (b"", b"[]", b"{", b"null", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"a":' * 200):
        answer = program.post(PATH, data=body, content_type="application/json")
        assert refusal(answer) == "invalid_client_metadata", body


@opened
def test_a_form_registers_nothing(program: FlaskClient) -> None:
    assert refusal(program.post(PATH, data={"redirect_uris": CALLBACK})) == "invalid_client_metadata"


NAMES = sorted(ClientMetadata.model_fields)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from([CALLBACK, "none"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@opened
@bounded(max_examples=40)
@given(changes=st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4))
def test_whatever_is_sent_is_answered(program: FlaskClient, changes: dict[str, Any]) -> None:
    """Never 500, and what is taken can be told again."""
    body = json.dumps({**usual(), **changes})
    answer = program.post(PATH, data=body, content_type="application/json")
    assert answer.status_code in {201, 400}, answer.text
    if answer.status_code == 201:
        said = answer.get_json()
        assert (
            program.get(
                f"{PATH}/{said['client_id']}", headers=bearer(said["registration_access_token"])
            ).status_code
            == 200
        )
