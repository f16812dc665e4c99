"""An app's part of a pushed request (RFC 9126)."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.oauth.steps import App

PREFIX = "urn:ietf:params:oauth:request_uri:"


def push(program: FlaskClient, app: App, **changes: str | None) -> TestResponse:
    """The usual request, handed in with the app's credentials."""
    return app.post(program, "/oauth2/par", **app.request(**changes))


def pushed(program: FlaskClient, app: App, **changes: str | None) -> dict[str, str]:
    """What is left for the browser to carry."""
    answer = push(program, app, **changes)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.get_json()
    return {"client_id": app.client_id, "request_uri": body["request_uri"]}
