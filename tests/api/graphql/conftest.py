"""Programs that ask in GraphQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from tests.api.conftest import AddPerson, ProgramOf

LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken refreshToken expiresIn user { id } } }"
REGISTER = (
    "mutation($input: RegisterInput!) "
    "{ register(input: $input) { accessToken refreshToken expiresIn user { id username email emailVerified } } }"
)


@dataclass(frozen=True)
class Asker:
    """A program; without a token it is anybody's."""

    client: FlaskClient
    token: str | None = None
    person: User | None = None

    def post(self, body: object, **options: Any) -> TestResponse:  # noqa: ANN401 - what the test client takes
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.client.post(
            "/graphql", json=body, headers={**sent, **options.pop("headers", {})}, **options
        )

    def ask(self, query: str, **variables: object) -> TestResponse:
        return self.post({"query": query, "variables": variables})

    def read(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = self.ask(query, **variables)
        assert answer.status_code == 200, answer.text[:500]
        assert "errors" not in answer.get_json(), answer.text[:500]
        return dict(answer.get_json()["data"])

    def refused(self, query: str, **variables: object) -> str:
        """The code of the one error that an answer has."""
        return code_of(self.ask(query, **variables))

    def login(self, username: str, password: str = PASSWORD) -> TestResponse:
        return self.ask(LOGIN, input={"username": username, "password": password})

    def with_token(self, token: str) -> Asker:
        return Asker(self.client, token, self.person)


AskerOf = Callable[..., Asker]


def errors_of(answer: TestResponse) -> list[Mapping[str, Any]]:
    """The errors of an answer, each of which has the shape that all have."""
    errors = answer.get_json()["errors"]
    for error in errors:
        assert set(error) <= {"message", "extensions", "path", "locations"}
        assert error["extensions"]["trace_id"] == answer.headers["X-Request-ID"]
        assert error["extensions"]["code"]
        assert error["message"]
    return list(errors)


def code_of(answer: TestResponse) -> str:
    """The code of the one error."""
    (error,) = errors_of(answer)
    return str(error["extensions"]["code"])


@pytest.fixture
def nobody(app: Flask) -> Asker:
    """A program without a token."""
    return Asker(app.test_client(use_cookies=False))


@pytest.fixture
def asker_of(program_of: ProgramOf) -> AskerOf:
    """Makes a personal access token of these scopes (all of them unless said) for somebody, and a program with it."""

    def make(person: User, *scopes: str) -> Asker:
        program = program_of(person, scopes) if scopes else program_of(person)
        return Asker(program.client, program.token, person)

    return make


@pytest.fixture
def ada(add_person: AddPerson, asker_of: AskerOf) -> Asker:
    """The administrator's."""
    return asker_of(add_person("ada@example.org", name="Ada Byron", administrator=True))


@pytest.fixture
def devon_asks(add_person: AddPerson, asker_of: AskerOf) -> Asker:
    """Of somebody who manages nobody."""
    return asker_of(add_person("devon@example.org", name="Devon Reyes"))
