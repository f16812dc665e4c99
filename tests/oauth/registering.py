"""Apps that register themselves, from their own side."""

from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.oauth.steps import CALLBACK, ISSUER, App

PATH = "/oauth2/register"


def usual(**changes: object) -> dict[str, Any]:
    """What the Dynamic plan sends, and changed; None leaves a member out."""
    metadata: dict[str, Any] = {
        "client_name": "Kestrel CI",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "redirect_uris": [CALLBACK],
        "contacts": ["certification@oidf.example"],
    }
    return {name: value for name, value in {**metadata, **changes}.items() if value is not None}


def bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token is not None else {}


def register(program: FlaskClient, token: str | None = None, **changes: object) -> TestResponse:
    return program.post(PATH, json=usual(**changes), headers=bearer(token))


@dataclass(frozen=True, kw_only=True)
class Registered:
    """An app that has registered itself."""

    metadata: dict[str, Any]
    token: str = field(repr=False)

    @property
    def app(self) -> App:
        return App(
            client_id=self.metadata["client_id"],
            secret=self.metadata.get("client_secret"),
            auth_method=self.metadata["token_endpoint_auth_method"],
            redirect_uri=self.metadata["redirect_uris"][0],
        )

    @property
    def path(self) -> str:
        return str(self.metadata["registration_client_uri"]).removeprefix(ISSUER)

    def read(self, program: FlaskClient, token: str | None = None) -> TestResponse:
        return program.get(self.path, headers=bearer(token or self.token))

    def replace(self, program: FlaskClient, token: str | None = None, **changes: object) -> TestResponse:
        body = usual(**{"client_id": self.metadata["client_id"], **changes})
        return program.put(self.path, json=body, headers=bearer(token or self.token))

    def delete(self, program: FlaskClient, token: str | None = None) -> TestResponse:
        return program.delete(self.path, headers=bearer(token or self.token))


def registered(program: FlaskClient, token: str | None = None, **changes: object) -> Registered:
    answer = register(program, token, **changes)
    assert answer.status_code == 201, answer.text
    metadata = answer.get_json()
    return Registered(metadata=metadata, token=metadata["registration_access_token"])


def refusal(answer: TestResponse) -> str:
    """The error of a 400, once it was found to be well-formed."""
    assert answer.status_code == 400, answer.text
    body: dict[str, str] = answer.get_json()
    assert set(body) == {"error", "error_description"}
    assert body["error_description"].isascii()
    assert answer.headers["Cache-Control"] == "no-store"
    return body["error"]
