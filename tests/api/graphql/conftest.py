"""Programs that ask in GraphQL."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from portal.accounts.repository import Users
from portal.audit.repository import AuditEntries, AuditFilter
from portal.clients.rules.api_scopes import API_SCOPES
from portal.grants.schemas import MakePersonalToken
from portal.grants.usecases.personal_tokens import make_personal_token
from portal.infra.actor import CLI
from tests.support.people import PASSWORD, add_person

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.conftest import AddPerson
    from tests.support.databases import Databases

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


def actions(portal: Portal, *wanted: str) -> list[str]:
    """Which of these the audit log has, the newest first."""
    with portal.reading() as session:
        return [one.action for one in AuditEntries(session).page(AuditFilter(actions=wanted)).items]


@dataclass(frozen=True)
class Still:
    """A portal that the tests of a module share, for questions that change nothing."""

    nobody: Asker
    ada: Asker
    devon: Asker


@pytest.fixture(scope="module")
def still(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Still]:
    """Ada administers it, Devon manages nobody."""
    from portal.app import create_app  # noqa: PLC0415 - loads the portal: only for tests that need one
    from tests.support.portals import cheap_settings, open_portal  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("graphql")
    with databases.fresh("sqlite", folder) as url, open_portal(cheap_settings(url, folder)) as portal:
        client = create_app(portal.settings, portal=portal).test_client(use_cookies=False)
        ada = add_person(portal, "ada@example.org", name="Ada Byron", administrator=True)
        devon = add_person(portal, "devon@example.org", name="Devon Reyes")
        yield Still(
            Asker(client),
            Asker(client, personal_token(portal, ada, API_SCOPES), ada),
            Asker(client, personal_token(portal, devon, API_SCOPES), devon),
        )


def personal_token(portal: Portal, person: User, scopes: Collection[str]) -> str:
    """What its owner pastes into a script."""
    with portal.unit_of_work(CLI) as uow:
        user = Users(uow.session).get(person.id)
        assert user is not None
        wish = MakePersonalToken.model_validate({"name": "script", "scopes": [*scopes], "days": 30})
        return make_personal_token(uow, user, wish).text


@pytest.fixture
def nobody(app: Flask) -> Asker:
    """A program without a token."""
    return Asker(app.test_client(use_cookies=False))


@pytest.fixture
def asker_of(app: Flask, portal: Portal) -> AskerOf:
    """Makes a personal access token of these scopes (all of them unless said) for somebody, and a program with it."""

    def make(person: User, *scopes: str) -> Asker:
        token = personal_token(portal, person, scopes or API_SCOPES)
        return Asker(app.test_client(use_cookies=False), token, person)

    return make


@pytest.fixture
def ada(add_person: AddPerson, asker_of: AskerOf) -> Asker:
    """The administrator's."""
    return asker_of(add_person("ada@example.org", name="Ada Byron", administrator=True))


@pytest.fixture
def devon_asks(add_person: AddPerson, asker_of: AskerOf) -> Asker:
    """Of somebody who manages nobody."""
    return asker_of(add_person("devon@example.org", name="Devon Reyes"))
