"""A device's part, and that of the person who answers for it."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.grants.usecases.devices import GRANT_TYPE
from tests.oauth.steps import App, follow, hidden_fields

GRANT_TYPES = ["authorization_code", "refresh_token", GRANT_TYPE]
DEVICE_SCOPE = "openid profile email offline_access"


def ask(program: FlaskClient, app: App, **changes: str | None) -> dict[str, Any]:
    """What a device is told when it asks."""
    answer = app.post(program, "/oauth2/device_authorization", **{"scope": DEVICE_SCOPE, **changes})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def poll(program: FlaskClient, app: App, device_code: str, **changes: str | None) -> TestResponse:
    form = {"grant_type": GRANT_TYPE, "device_code": device_code, **changes}
    return app.post(program, "/oauth2/token", **form)


def error_of(answer: TestResponse) -> str:
    assert answer.status_code == 400, answer.text
    return str(answer.get_json()["error"])


def look_up(visitor: FlaskClient, user_code: str) -> TestResponse:
    """Type the code; the page that it leads to."""
    form = hidden_fields(visitor.get("/device"), "/device")
    return follow(visitor, visitor.post("/device", data={**form, "user_code": user_code}))


def decide(
    visitor: FlaskClient, user_code: str, decision: str = "allow", scopes: tuple[str, ...] = ()
) -> TestResponse:
    """The whole way of a signed-in person: type the code, look, answer."""
    page = look_up(visitor, user_code)
    form = hidden_fields(page, "/device/review")
    answer = visitor.post("/device/review", data={**form, "decision": decision, "scope": list(scopes)})
    return follow(visitor, answer)


def device_tokens(visitor: FlaskClient, app: App, **changes: str | None) -> dict[str, Any]:
    """Tokens that somebody has allowed a device."""
    told = ask(visitor, app, **changes)
    decide(visitor, told["user_code"], scopes=("roles", "groups", "permissions"))
    answer = poll(visitor, app, told["device_code"])
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.get_json()
    return tokens
