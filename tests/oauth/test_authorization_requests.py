"""What an authorization request may look like, and which errors go where."""

from flask.testing import FlaskClient

from portal.bootstrap import Portal
from portal.clients.usecases import disable_client
from portal.infra.actor import SYSTEM
from tests.oauth.conftest import RegisterApp, client_row
from tests.oauth.steps import CALLBACK, ISSUER, App, authorize, returned, sign_in_to

LONG_STATE = "Az09" * 31 + "-._~"


def _error(visitor: FlaskClient, app: App, **changes: str | None) -> dict[str, str]:
    """The error that the client is told; it always carries state and issuer."""
    back = returned(authorize(visitor, app.request(**changes)))
    assert back["iss"] == ISSUER
    assert back.get("state") == "state-1"
    assert "code" not in back
    assert set(back) <= {"error", "error_description", "state", "iss"}
    return back


TOLD: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": 'code"'}, "unsupported_response_type"),
    ({"response_type": "none"}, "unsupported_response_type"),
    ({"response_mode": "pigeon"}, "invalid_request"),
    ({"scope": "telepathy"}, "invalid_scope"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": 'openid "'}, "invalid_scope"),
    ({"scope": "openid " * 300}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "invalid_request_object"),
    ({"request_uri": "https://kestrel.example/request"}, "invalid_request_uri"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "dance"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
    ({"nonce": "n" * 501}, "invalid_request"),
    ({"id_token_hint": "a.b.c"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"claims": '{"userinfo": {"name": 1}}'}, "invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
]


def test_the_client_is_told_what_is_wrong(visitor: FlaskClient, web_app: App) -> None:
    told = [(changes, _error(visitor, web_app, **changes)["error"]) for changes, _ in TOLD]
    assert told == TOLD


def test_words_of_an_error_keep_to_the_characters_of_the_rfc(visitor: FlaskClient, web_app: App) -> None:
    description = _error(visitor, web_app, prompt='"\\\n')["error_description"]
    assert all(0x20 <= ord(letter) <= 0x7E and letter not in '"\\' for letter in description)


SHOWN: list[tuple[dict[str, str | None], str]] = [
    ({"client_id": None}, "client ID"),
    ({"client_id": "nobody"}, "know this app"),
    ({"client_id": "x" * 9000}, "know this app"),
    ({"client_id": "'; DROP TABLE clients; --"}, "know this app"),
    ({"redirect_uri": None}, "where to go back to"),
    ({"redirect_uri": "https://evil.example/callback"}, "registered"),
    ({"state": "s" * 2001}, "too long"),
    ({"nonce": "a\x00b"}, "can&#39;t be read"),
]


def test_what_may_not_be_redirected_is_a_page(visitor: FlaskClient, web_app: App) -> None:
    for changes, words in SHOWN:
        answer = visitor.get("/oauth2/authorize", query_string=web_app.request(**changes))
        assert answer.status_code == 400, changes
        assert "Location" not in answer.headers
        assert words in answer.text
        assert "For the developer" in answer.text


def test_the_page_says_what_differed(visitor: FlaskClient, web_app: App) -> None:
    answer = visitor.get("/oauth2/authorize", query_string=web_app.request(redirect_uri=f"{CALLBACK}/"))
    assert f"{CALLBACK}/" in answer.text
    assert "a slash at the end" in answer.text
    assert "your account is safe" in answer.text


def test_a_bad_address_wins_over_every_other_error(visitor: FlaskClient, web_app: App) -> None:
    """CVE-2026-41479, CVE-2026-44681: no error may be sent to an address that nobody has compared."""
    for changes in (
        {"response_type": "none"},
        {"scope": ""},
        {"request": "x"},
        {"response_mode": "form_post"},
    ):
        answer = visitor.get(
            "/oauth2/authorize",
            query_string=web_app.request(redirect_uri="https://evil.example/", **changes),
        )
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_a_repeated_parameter_is_refused(visitor: FlaskClient, web_app: App) -> None:
    query = "&".join(f"{name}={value}" for name, value in web_app.request().items())
    for again in (
        f"redirect_uri={CALLBACK}",
        "state=other",
        "scope=openid",
        f"client_id={web_app.client_id}",
    ):
        answer = visitor.get(f"/oauth2/authorize?{query}&{again}")
        assert answer.status_code == 400
        assert "Location" not in answer.headers


def test_bytes_that_are_no_text_are_refused(visitor: FlaskClient, web_app: App) -> None:
    query = "&".join(f"{name}={value}" for name, value in web_app.request(state=None).items())
    assert visitor.get(f"/oauth2/authorize?{query}&state=%ff%fe").status_code == 400


def test_state_comes_back_byte_for_byte(visitor: FlaskClient, web_app: App) -> None:
    for state in (LONG_STATE, "a b+c%20d", "ü/ö?&=#", '{"x":"<y>"}', "é\r\nSet-Cookie: x=y"):
        assert sign_in_to(visitor, web_app, state=state)["state"] == state
        assert returned(authorize(visitor, web_app.request(state=state, prompt="dance")))["state"] == state


def test_without_state_none_comes_back(visitor: FlaskClient, web_app: App) -> None:
    assert set(sign_in_to(visitor, web_app, state=None)) == {"code", "iss"}


def test_the_query_of_a_redirect_uri_comes_back_untouched(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    uri = "https://kestrel.example/cb?dummy1=lorem%20x&dummy2=ipsum"
    app = register_app("web", redirect_uris=(uri,), require_consent=False)
    assert authorize(visitor, app.request()).headers["Location"].startswith(f"{uri}&code=")


def test_order_and_unknown_parameters_do_not_matter(visitor: FlaskClient, web_app: App) -> None:
    turned = dict(reversed(web_app.request(scope="email openid").items()))
    answer = authorize(
        visitor, {**turned, "extra": "foobar", "display": "popup", "ui_locales": "se", "acr_values": "1 2"}
    )
    assert answer.status_code == 200


def test_a_posted_request_is_sent_on_as_a_get(visitor: FlaskClient, web_app: App) -> None:
    """A form from another site brings no cookies; the address that it is sent on to does."""
    posted = visitor.post(
        f"/oauth2/authorize?redirect_uri={CALLBACK}x",
        data=web_app.request(),
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert posted.status_code == 303
    answer = (
        authorize(visitor, {})
        if "?" not in posted.headers["Location"]
        else visitor.get(posted.headers["Location"])
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/oauth2/authorize/resume")


def test_only_plain_oauth_may_leave_the_only_address_out(
    visitor: FlaskClient, web_app: App, program: FlaskClient
) -> None:
    back = sign_in_to(visitor, web_app, redirect_uri=None, scope="profile")
    assert web_app.redeem(program, back["code"], redirect_uri=None).status_code == 200


def test_a_disabled_client_is_a_page(portal: Portal, visitor: FlaskClient, web_app: App) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        disable_client(uow, client_row(portal, web_app).id)
    answer = visitor.get("/oauth2/authorize", query_string=web_app.request())
    assert answer.status_code == 403
    assert "switched off" in answer.text


def test_no_other_site_may_read_or_frame_the_authorization_endpoint(
    visitor: FlaskClient, web_app: App
) -> None:
    headers = {"Origin": "https://kestrel.example"}
    answer = visitor.get("/oauth2/authorize", query_string=web_app.request(), headers=headers)
    assert "Access-Control-Allow-Origin" not in answer.headers
    page = visitor.get(answer.headers["Location"])
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "form-action 'self' https://kestrel.example;" in page.headers["Content-Security-Policy"] + ";"
