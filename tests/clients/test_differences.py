"""The redirect-URI doctor, and what each kind of app starts with."""

import pytest

from portal.clients.rules import KINDS, preset_of, redirect_uri_difference

REGISTERED = "https://ok.com/cb"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("http://ok.com/cb", ["the scheme"]),
        ("https://ok.org/cb", ["the host"]),
        ("https://OK.com/cb", ["the host (upper and lower case)"]),
        ("https://ok.com:8443/cb", ["the port (the app added it)"]),
        ("https://ok.com/cb/", ["the path (a slash at the end)"]),
        ("https://ok.com/CB", ["the path (upper and lower case)"]),
        ("https://ok.com/c%62", ["the path (percent-encoding)"]),
        ("https://ok.com/other", ["the path"]),
        ("https://ok.com", ["the path (the app left it out)"]),
        ("https://ok.com/cb?x=1", ["the query (the app added it)"]),
        ("https://ok.com/cb#x", ["the part after # (the app added it)"]),
        ("https://me@ok.com/cb", ["the user name before the host (the app added it)"]),
        ("https://ok.com/cb\n", ["the white space around the address (the app added it)"]),
        ("http://ok.com:80/cb", ["the scheme", "the port (the app added it)"]),
    ],
)
def test_the_doctor_names_the_part_that_differs(sent: str, words: list[str]) -> None:
    assert [part.words for part in redirect_uri_difference(sent, [REGISTERED]).parts] == words


def test_the_doctor_finds_the_address_that_was_meant() -> None:
    registered = ["https://other.example/cb", "https://ok.com:8000/cb", "com.example.app:/cb"]
    found = redirect_uri_difference("https://ok.com:8080/cb", registered)
    assert found.closest == "https://ok.com:8000/cb"
    assert found.sentence == "They differ in the port."
    assert [(part.sent, part.registered) for part in found.parts] == [("8080", "8000")]


def test_the_doctor_knows_when_nothing_is_registered() -> None:
    found = redirect_uri_difference("https://ok.com/cb", [])
    assert (found.closest, found.sentence) == (None, "This app has no redirect URI registered.")


def test_each_kind_starts_with_what_is_safe_for_it() -> None:
    web, spa, native, service, fapi2, legacy = (preset_of(kind) for kind in KINDS)
    assert web.token_endpoint_auth_method == "client_secret_basic"
    assert [spa.token_endpoint_auth_method, native.token_endpoint_auth_method] == ["none", "none"]
    for preset in (web, spa, native):
        assert preset.grant_types == ("authorization_code", "refresh_token")
        assert preset.response_types == ("code",)
        assert (preset.require_pkce, preset.id_token_signed_response_alg) == (True, "RS256")
    assert (service.grant_types, service.response_types) == (("client_credentials",), ())
    assert service.keeps_secrets
    assert not service.signs_people_in
    assert (fapi2.token_endpoint_auth_method, fapi2.id_token_signed_response_alg) == (
        "private_key_jwt",
        "PS256",
    )
    assert fapi2.switches.require_pushed_authorization_requests
    assert fapi2.switches.dpop_bound_access_tokens
    assert (legacy.require_pkce, legacy.keeps_secrets, legacy.response_types) == (False, True, ("code",))
