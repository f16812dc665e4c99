"""No address but a registered one ever gets an answer (RFC 9700 section 2.1)."""

from flask.testing import FlaskClient

from tests.oauth.conftest import RegisterApp
from tests.oauth.steps import App, authorize, sign_in_to
from tests.oauth.vectors import REDIRECTS


def test_nothing_but_the_registered_address_is_redirected_to(visitor: FlaskClient, web_app: App) -> None:
    """With consent given, so that only the comparison stands between a code and the address."""
    assert "code" in sign_in_to(visitor, web_app)
    taken = []
    for uri in REDIRECTS:
        answer = visitor.get("/oauth2/authorize", query_string=web_app.request(redirect_uri=uri))
        if answer.status_code != 400 or "Location" in answer.headers:
            taken.append(uri)
    assert taken == []


def test_no_prompt_opens_another_way(visitor: FlaskClient, web_app: App) -> None:
    for prompt in ("none", "login", "consent", "select_account"):
        for uri in REDIRECTS[:6]:
            request = web_app.request(redirect_uri=uri, prompt=prompt)
            assert "Location" not in visitor.get("/oauth2/authorize", query_string=request).headers


def test_a_native_app_takes_any_free_port_of_its_loopback_address(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("native", redirect_uris=("http://127.0.0.1/cb",))
    answer = authorize(visitor, app.request(redirect_uri="http://127.0.0.1:51234/cb"))
    assert answer.status_code == 200, "always asked: any app on the device could be behind that port"
    for uri in (
        "http://127.0.0.1:51234/CB",
        "http://127.0.0.1:51234/cb?x=1",
        "http://localhost:51234/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1:99999/cb",
        "https://127.0.0.1:51234/cb",
    ):
        assert visitor.get("/oauth2/authorize", query_string=app.request(redirect_uri=uri)).status_code == 400


def test_a_server_gets_no_free_port(visitor: FlaskClient, register_app: RegisterApp) -> None:
    app = register_app("web", redirect_uris=("http://127.0.0.1/cb",))
    request = app.request(redirect_uri="http://127.0.0.1:51234/cb")
    assert visitor.get("/oauth2/authorize", query_string=request).status_code == 400


def test_a_scheme_of_an_apps_own_works_and_its_pages_may_end_there(
    visitor: FlaskClient, register_app: RegisterApp
) -> None:
    app = register_app("native", redirect_uris=("com.example.kestrel:/callback",))
    page = authorize(visitor, app.request())
    assert page.status_code == 200
    assert "form-action 'self' com.example.kestrel:" in page.headers["Content-Security-Policy"]
    assert sign_in_to(visitor, app)["code"]
