"""fapi2-message-signing-final-test-plan: what it asks of request objects beyond the modules of both plans, and answers
of introspection that can be shown to others (RFC 9701).
"""

import base64
import json
from typing import Any

from tests.conformance.checks import claims_of
from tests.conformance.client import some
from tests.conformance.fapi import Fapi
from tests.conformance.variants import FAPI2, SIGNED, runs
from tests.support.signing import OwnKey, rsa_key

VARIANT = SIGNED
MINUTE = 60


def _takes(suite: Fapi, **claims: Any) -> None:  # noqa: ANN401 - any claim
    asked = suite.request()
    form = {"client_id": suite.client.client_id, "request": suite.signed(asked, **claims)}
    answer = suite.push_form(form)
    assert answer.status_code == 201, answer.text
    assert suite.taken(suite.visit_pushed(answer.get_json()["request_uri"], asked), asked)["code"]


def _refuses(suite: Fapi, text: str, *errors: str) -> None:
    answer = suite.push_form({"client_id": suite.client.client_id, "request": text})
    suite.refused(answer, *(errors or ("invalid_request_object",)))


def test_discovery_end_point_verification_for_signing(suite: Fapi) -> None:
    document = suite.metadata
    for what in ("request_object", "authorization", "introspection"):
        assert {"PS256", "ES256", "EdDSA"} & set(document[f"{what}_signing_alg_values_supported"])
    assert "jwt" in document["response_modes_supported"]
    assert not [
        name for name, value in document.items() if "encryption" in name and not isinstance(value, list)
    ]


def test_ensure_request_object_with_multiple_aud_succeeds(suite: Fapi) -> None:
    _takes(
        suite, aud=["https://www.other1.example.com", suite.metadata["issuer"], "https://other2.example.com"]
    )


def test_ensure_request_object_with_nbf_8_seconds_in_the_future_is_accepted(suite: Fapi) -> None:
    _takes(suite, nbf=int(suite.now) + 8)


def test_a_request_object_may_leave_its_type_out(suite: Fapi) -> None:
    asked = suite.request()
    assert suite.client.key is not None
    now = int(suite.now)
    own = {"iss": suite.client.client_id, "aud": suite.metadata["issuer"], "nbf": now, "exp": now + MINUTE}
    text = suite.client.key.sign({**asked, **own}, typ=None)
    assert suite.push_form({"client_id": suite.client.client_id, "request": text}).status_code == 201


def test_ensure_request_object_without_exp_fails(suite: Fapi) -> None:
    _refuses(suite, suite.signed(suite.request(), exp=None))


def test_ensure_request_object_without_nbf_fails(suite: Fapi) -> None:
    _refuses(suite, suite.signed(suite.request(), nbf=None))


def test_ensure_expired_request_object_fails(suite: Fapi) -> None:
    past = int(suite.now) - 5 * MINUTE
    _refuses(suite, suite.signed(suite.request(), nbf=past - MINUTE, exp=past))


def test_ensure_request_object_with_exp_over_60_fails(suite: Fapi) -> None:
    _refuses(suite, suite.signed(suite.request(), exp=int(suite.now) + 70 * MINUTE))


def test_ensure_request_object_with_nbf_over_60_fails(suite: Fapi) -> None:
    _refuses(suite, suite.signed(suite.request(), nbf=int(suite.now) - 70 * MINUTE))


def test_ensure_request_object_with_bad_aud_fails(suite: Fapi) -> None:
    _refuses(suite, suite.signed(suite.request(), aud="https://www.other1.example.com"))


def test_ensure_signed_request_object_with_RS256_fails(suite: Fapi) -> None:  # noqa: N802 - its name
    key = OwnKey("RS256", kid="fapi-1-key", key=rsa_key("RS256").key)
    _refuses(suite, suite.signed(suite.request(), key=key))


def test_ensure_request_object_signature_algorithm_is_not_none(suite: Fapi) -> None:
    head, body, _ = suite.signed(suite.request()).split(".")
    header = {**json.loads(base64.urlsafe_b64decode(head + "==")), "alg": "none"}
    unsigned = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    _refuses(suite, f"{unsigned}.{body}.")


def test_ensure_request_object_with_invalid_signature_fails(suite: Fapi) -> None:
    head, body, _ = suite.signed(suite.request()).split(".")
    _refuses(suite, f"{head}.{body}.{some(86)}")


def test_ensure_matching_key_in_authorization_request(suite: Fapi) -> None:
    """Signed by the second client, in the name of the first."""
    key = suite.as_client("client2").client.key
    _refuses(suite, suite.signed(suite.request(), key=key))


def test_ensure_unsigned_request_at_par_endpoint_fails(suite: Fapi) -> None:
    suite.refused(suite.push_form(suite.request()), "invalid_request")


def test_par_authorization_request_containing_request_uri(suite: Fapi) -> None:
    """`request_uri` inside of the object."""
    inner = f"urn:ietf:params:oauth:request_uri:{some(43)}"
    _refuses(suite, suite.signed(suite.request(), request_uri=inner), "invalid_request_object")


@runs(SIGNED, FAPI2)
def test_signed_introspection(suite: Fapi) -> None:
    """No module looks at it yet; the profile has it (Message Signing 5.5). A client that has named no algorithm gets
    one that FAPI 2.0 allows.
    """
    algorithm = "ES256" if suite.signs else "PS256"
    signed = suite.sign_in()
    form = {"token": signed.access_token, **suite.assertion()}
    accept = {"Accept": "application/token-introspection+jwt"}
    answer = suite.call("POST", suite.metadata["introspection_endpoint"], data=form, headers=accept)
    assert (answer.status_code, answer.content_type) == (200, "application/token-introspection+jwt")
    said = claims_of(answer.text, suite.jwks, algorithm=algorithm)
    assert said["iss"] == suite.metadata["issuer"]
    assert said["aud"] == suite.client.client_id
    assert abs(said["iat"] - suite.now) < MINUTE
    assert not {"sub", "exp"} & said.keys(), "it can be taken for no other token"
    told = said["token_introspection"]
    assert told["active"] is True
    assert told["cnf"] == {"jkt": suite.dpop.thumbprint}
    assert told["sub"] == signed.id_token["sub"]
    gone = suite.call(
        "POST",
        suite.metadata["introspection_endpoint"],
        data={"token": some(40), **suite.assertion()},
        headers=accept,
    )
    assert claims_of(gone.text, suite.jwks, algorithm=algorithm)["token_introspection"] == {"active": False}
