"""An app's part of a token exchange (RFC 8693)."""

from typing import TYPE_CHECKING, Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.grants.rules.exchange import ACCESS_TOKEN, GRANT_TYPE
from tests.oauth.proving import TOKEN
from tests.oauth.steps import App

if TYPE_CHECKING:
    from tests.oauth.conftest import RegisterApp

STOCK, WAGES = "https://stock.example/", "https://wages.example/"
SCOPES = "openid profile email"


def exchanger(
    register_app: "RegisterApp",
    *subjects: App,
    manner: str = "delegation",
    kind: str = "service",
    resources: tuple[str, ...] = (STOCK,),
    switches: dict[str, Any] | None = None,
    **columns: object,
) -> App:
    """A service that may exchange tokens of these apps."""
    chosen = {
        "token_exchange": manner,
        "exchange_subjects": [app.client_id for app in subjects],
        "resources": list(resources),
        **(switches or {}),
    }
    usual = {"grant_types": ["client_credentials", GRANT_TYPE], "scope": SCOPES, "name": "Stock service"}
    return register_app(kind, **{**usual, **columns}, switches=chosen)


def exchange(program: FlaskClient, app: App, token: str, **changes: str | None) -> TestResponse:
    usual: dict[str, str | None] = {
        "grant_type": GRANT_TYPE,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
    }
    return app.post(program, TOKEN, **{**usual, **changes})


def exchanged(program: FlaskClient, app: App, token: str, **changes: str | None) -> dict[str, Any]:
    answer = exchange(program, app, token, **changes)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def refusal_of(answer: TestResponse) -> tuple[str, str]:
    """Error and description of a 400."""
    assert answer.status_code == 400, answer.text
    body = answer.get_json()
    return body["error"], body["error_description"]


def facts_of(program: FlaskClient, app: App, token: str) -> dict[str, Any]:
    """What introspection says to the app."""
    facts: dict[str, Any] = app.post(program, "/oauth2/introspect", token=token).get_json()
    return facts


def is_alive(program: FlaskClient, app: App, token: str) -> bool:
    return facts_of(program, app, token)["active"] is True
