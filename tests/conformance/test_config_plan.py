"""oidcc-config-certification-test-plan: one module."""

from typing import Final

from tests.conformance.checks import check_metadata
from tests.conformance.suite import Suite
from tests.conformance.trial import HOME

ALL_RESPONSE_TYPES: Final = {
    "code", "id_token", "id_token token", "code id_token", "code token", "code id_token token",
}  # fmt: skip
KNOWN: Final = frozenset({
    "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint",
    "scopes_supported", "response_types_supported", "response_modes_supported", "grant_types_supported",
    "acr_values_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
    "id_token_encryption_alg_values_supported", "id_token_encryption_enc_values_supported",
    "userinfo_signing_alg_values_supported", "userinfo_encryption_alg_values_supported",
    "userinfo_encryption_enc_values_supported", "request_object_signing_alg_values_supported",
    "request_object_encryption_alg_values_supported", "request_object_encryption_enc_values_supported",
    "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported",
    "display_values_supported", "claim_types_supported", "claims_supported", "service_documentation",
    "claims_locales_supported", "ui_locales_supported", "claims_parameter_supported", "request_parameter_supported",
    "request_uri_parameter_supported", "require_request_uri_registration", "op_policy_uri", "op_tos_uri",
    "revocation_endpoint", "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported", "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported", "introspection_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported", "signed_metadata", "end_session_endpoint", "check_session_iframe",
    "frontchannel_logout_supported", "frontchannel_logout_session_supported", "backchannel_logout_supported",
    "backchannel_logout_session_supported", "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests", "dpop_signing_alg_values_supported",
    "authorization_signing_alg_values_supported", "authorization_encryption_alg_values_supported",
    "authorization_encryption_enc_values_supported", "authorization_response_iss_parameter_supported",
    "device_authorization_endpoint", "require_signed_request_object", "introspection_signing_alg_values_supported",
    "introspection_encryption_alg_values_supported", "introspection_encryption_enc_values_supported",
    "prompt_values_supported", "authorization_details_types_supported", "tls_client_certificate_bound_access_tokens",
    "mtls_endpoint_aliases", "client_id_metadata_document_supported",
})  # fmt: skip
"""What the registries name and the suite knows: anything else is a warning."""


def test_oidcc_discovery_endpoint_verification(suite: Suite) -> None:
    document = suite.metadata
    assert document["issuer"] == HOME
    check_metadata(document)
    assert document.keys() <= KNOWN, "what nobody has registered is invented"
    assert set(document["response_types_supported"]) == ALL_RESPONSE_TYPES
    assert {"public", "pairwise"} == set(document["subject_types_supported"])
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "RS256" in document["request_object_signing_alg_values_supported"]
    assert document["claims_supported"]
    assert "openid" in document["scopes_supported"]
    assert {"authorization_code", "implicit"} <= set(document["grant_types_supported"])
    assert all(locale == "en" for locale in document["ui_locales_supported"])
    assert {"request_uri_parameter_supported", "request_parameter_supported"} <= document.keys()
    assert {"userinfo_endpoint", "registration_endpoint", "end_session_endpoint"} <= document.keys()
    assert suite.jwks["keys"]


def test_oidcc_discovery_needs_no_slash_and_is_one_document_at_both_addresses(suite: Suite) -> None:
    other = suite.call("GET", f"{HOME}/.well-known/oauth-authorization-server")
    assert other.get_json() == suite.metadata


def test_oidcc_server_rotate_keys_leaves_the_old_key_in_place(suite: Suite) -> None:
    """Rotation itself is in the Dynamic plan; here: whoever looks sees the next key before it signs."""
    algorithms = [key["alg"] for key in suite.jwks["keys"]]
    assert {algorithms.count(algorithm) >= 2 for algorithm in set(algorithms)} == {True}
