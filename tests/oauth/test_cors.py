"""Scripts of registered single-page apps may read what they need, and nobody else's may."""

from flask.testing import FlaskClient

from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import tokens_for, userinfo

OWN = "https://kestrel.example"
READABLE = ("/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke")


def _preflight(program: FlaskClient, path: str, origin: str) -> str | None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = program.options(path, headers=headers)
    assert answer.status_code in {200, 204}
    return answer.headers.get("Access-Control-Allow-Origin")


def test_a_single_page_app_reads_its_answers(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("spa")
    assert [_preflight(program, path, OWN) for path in READABLE] == [OWN] * 3
    tokens = tokens_for(visitor, app)
    answer = program.get(
        "/oauth2/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}", "Origin": OWN}
    )
    assert answer.headers["Access-Control-Allow-Origin"] == OWN
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_errors_can_be_read_too(program: FlaskClient, register_app: RegisterApp) -> None:
    register_app("spa")
    answer = program.post("/oauth2/token", data={"grant_type": "x"}, headers={"Origin": OWN})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == OWN


def test_no_other_origin_reads_anything(program: FlaskClient, register_app: RegisterApp) -> None:
    register_app("spa")
    register_app("web", redirect_uris=("https://server.example/cb",))
    for origin in (
        "https://evil.example",
        "https://server.example",
        "null",
        f"{OWN}.evil.example",
        "http://kestrel.example",
    ):
        assert [_preflight(program, path, origin) for path in READABLE] == [None] * 3, origin


def test_where_browsers_navigate_and_servers_ask_nothing_is_shared(
    program: FlaskClient, register_app: RegisterApp
) -> None:
    register_app("spa")
    paths = ("/oauth2/authorize", "/oauth2/logout", "/oauth2/consent", "/oauth2/introspect", "/login")
    assert [_preflight(program, path, OWN) for path in paths] == [None] * len(paths)


def test_a_public_document_is_for_everybody(program: FlaskClient) -> None:
    for path in ("/.well-known/openid-configuration", "/oauth2/jwks"):
        assert (
            program.get(path, headers={"Origin": "https://any.example"}).headers[
                "Access-Control-Allow-Origin"
            ]
            == "*"
        )


def test_an_answer_to_a_program_without_origin_is_the_same_as_ever(
    visitor: FlaskClient, program: FlaskClient, register_app: RegisterApp
) -> None:
    tokens = tokens_for(visitor, register_app("web"))
    assert "Access-Control-Allow-Origin" not in userinfo(program, tokens["access_token"]).headers
