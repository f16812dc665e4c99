"""Our request and Authlib's: ours sets by itself what Authlib's would, so it must not miss anything that is there."""

from authlib.oauth2.rfc6749 import OAuth2Request
from flask import Flask, request

from portal.oauth.parameters import Parameters, gathered
from portal.oauth.requests import ProtocolRequest


def test_a_request_has_everything_that_authlib_expects_of_one(app: Flask) -> None:
    theirs = vars(OAuth2Request("POST", "https://portal.example/oauth2/token"))
    with app.test_request_context("/oauth2/token", method="POST"):
        ours = vars(ProtocolRequest(request, Parameters()))
    assert theirs.keys() <= ours.keys()
    known = {"method", "uri", "headers", "payload"}
    assert {name: ours[name] for name in theirs.keys() - known} == {
        name: theirs[name] for name in theirs.keys() - known
    }


def test_parameters_that_come_once_are_read_as_those_that_repeat_are() -> None:
    once = [("grant_type", "refresh_token"), ("scope", ""), ("state", "a b")]
    assert gathered(once).values == {"grant_type": "refresh_token", "state": "a b"}
    assert gathered([*once, ("resource", "urn:a")]).values == {**gathered(once).values, "resource": "urn:a"}
    assert gathered([*once, ("resource", "urn:a")]).all("resource") == ("urn:a",)
    assert gathered([*once, ("scope", "")]).repeated == {"scope"}


def test_what_cannot_be_stored_is_found_in_names_and_in_values() -> None:
    for pairs in ([("a\0", "b")], [("a", "\0")], [("a", "b"), ("c", "\ud800")], [("\udfff", "")]):
        assert not gathered(pairs).is_readable
