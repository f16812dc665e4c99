"""How answers travel: query, fragment and form_post (CONFORMANCE 0.4 and 4), and that nothing is lost on the way."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import CALLBACK, ISSUER, App, answer_consent, authorize
from tests.oauth.ways_back import ask, read

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUERIED = f"{CALLBACK}?dummy1=lorem&dummy2=ipsum"
HOSTILE = "\"><script>alert(1)</script><form action=https://evil.example>&#39;' </form> {{7*7}} é漢 %00+&=;"


def test_a_code_goes_by_query_when_nobody_says_otherwise(visitor: FlaskClient, web_app: App) -> None:
    back = ask(visitor, web_app)
    assert (back.carrier, back.address) == ("query", CALLBACK)
    assert set(back.told) == {"code", "state", "iss"}
    assert back.told["iss"] == ISSUER


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_a_client_chooses_how_its_answer_travels(visitor: FlaskClient, web_app: App, mode: str) -> None:
    back = ask(visitor, web_app, response_mode=mode)
    assert (back.carrier, back.address) == (mode, CALLBACK)
    assert (back.told["state"], back.told["iss"]) == ("state-1", ISSUER)
    assert web_app.redeem(visitor, back.told["code"]).status_code == 200


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_errors_travel_the_same_way(app: Flask, visitor: FlaskClient, web_app: App, mode: str) -> None:
    """Of the reader, of prompt=none, and the person's own no; each with nothing but what is known of errors."""
    wrong = ask(visitor, web_app, response_mode=mode, prompt="none login")
    silent = ask(app.test_client(), web_app, response_mode=mode, prompt="none")
    page = authorize(visitor, web_app.request(response_mode=mode))
    denied = read(answer_consent(visitor, page, "deny"))
    refusals = [wrong, silent, denied]
    assert [back.carrier for back in refusals] == [mode] * 3
    assert [back.told["error"] for back in refusals] == ["invalid_request", "login_required", "access_denied"]
    for back in refusals:
        assert set(back.told) == {"error", "error_description", "state", "iss"}
        assert (back.address, back.told["state"], back.told["iss"]) == (CALLBACK, "state-1", ISSUER)


def test_a_missing_response_type_is_told_as_the_request_asked(visitor: FlaskClient, web_app: App) -> None:
    """oidcc-response-type-missing."""
    by_query = ask(visitor, web_app, response_type=None)
    by_form = ask(visitor, web_app, response_type=None, response_mode="form_post")
    assert [by_query.carrier, by_form.carrier] == ["query", "form_post"]
    assert by_query.told["error"] == by_form.told["error"] == "invalid_request"


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_a_registered_query_stays_as_it_is(
    visitor: FlaskClient, register_app: RegisterApp, mode: str
) -> None:
    app = register_app("web", redirect_uris=(QUERIED,))
    answer = authorize(visitor, app.request(response_mode=mode))
    answer = answer_consent(visitor, answer)
    if mode == "form_post":
        assert read(answer).address == QUERIED
    else:
        joint = "&" if mode == "query" else "#"
        assert answer.headers["Location"].startswith(f"{QUERIED}{joint}code=")


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
@pytest.mark.parametrize("state", [HOSTILE, "z" * 124 + "-._~", "x" * 1000, "  leading and trailing\t "])
def test_a_state_comes_back_byte_for_byte(
    visitor: FlaskClient, register_app: RegisterApp, mode: str, state: str
) -> None:
    app = register_app("web", require_consent=False)
    back = ask(visitor, app, response_mode=mode, state=state)
    assert back.told["state"] == state


@pytest.mark.parametrize("state", ["one\ntwo", "one\rtwo", "one\r\ntwo"])
def test_a_form_that_would_change_the_state_is_not_sent(
    visitor: FlaskClient, web_app: App, state: str
) -> None:
    """A browser writes line breaks in forms anew; success and error alike are refused before anything is issued."""
    for changes in ({}, {"prompt": "none login"}):
        answer = authorize(visitor, web_app.request(response_mode="form_post", state=state, **changes))
        assert answer.status_code == 400
        assert "line break" in answer.text
    assert ask(visitor, web_app, state=state).told["state"] == state


def test_a_private_scheme_takes_no_form(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("native", redirect_uris=("com.example.kestrel:/cb",))
    answer = authorize(visitor, app.request(response_mode="form_post"))
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_the_form_runs_no_words_of_others(visitor: FlaskClient, register_app: RegisterApp) -> None:
    """CVE-2026-42849, CVE-2024-21637: state and names stay text."""
    app = register_app("web", require_consent=False, name="<b>Kestrel</b>")
    page = authorize(visitor, app.request(response_mode="form_post", state=HOSTILE))
    assert "<b>Kestrel" not in page.text
    assert "alert(1)</script>" not in page.text
    inline = re.findall(r"<script(?![^>]*src=)[^>]*>(.*?)</script>", page.text)
    assert inline == ['document.getElementById("form-post").submit();']
    assert page.text.count('id="form-post"') == 1


def test_the_form_page_may_do_nothing_but_post_to_the_app(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("web", require_consent=False)
    page = authorize(visitor, app.request(response_mode="form_post"))
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    nonce = re.search(r'<script nonce="([^"]+)">', page.text)
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in policy["script-src"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert policy["form-action"] == "'self' https://kestrel.example"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "strict-origin", (
        "the app sees our origin, and none of our address"
    )
    assert "csrf" not in page.text.partition('id="form-post"')[2].partition("</form>")[0]


def test_the_form_has_a_button_and_steady_names(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("web", require_consent=False)
    page = authorize(visitor, app.request(response_mode="form_post"))
    form = page.text.partition('id="form-post"')[2].partition("</form>")[0]
    assert re.search(r'<button[^>]*type="submit" id="go-on"', form)
    assert set(read(page).told) == {"code", "state", "iss"}


@pytest.mark.parametrize(
    "mode", ["query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt"]
)
def test_no_mode_leads_past_the_registered_address(visitor: FlaskClient, web_app: App, mode: str) -> None:
    """CVE-2023-6927: a mode that was added later skipped the check."""
    for uri in (f"{CALLBACK}/", f"{CALLBACK}?a=b", "https://kestrel.example@evil.example/callback", "//evil"):
        answer = authorize(visitor, web_app.request(response_mode=mode, redirect_uri=uri))
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert 'id="form-post"' not in answer.text


def test_an_unknown_mode_is_told_the_usual_way(visitor: FlaskClient, web_app: App) -> None:
    back = ask(visitor, web_app, response_mode="web_message")
    assert (back.carrier, back.told["error"]) == ("query", "invalid_request")
