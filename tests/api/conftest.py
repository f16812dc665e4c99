"""Programs that call with a token, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from portal.access.repository import Resources
from portal.access.schemas import CreateRole, GiveRole, SetPermissions
from portal.access.services import assign_role
from portal.access.usecases.assignments import give_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.accounts.repository import Users
from portal.clients.rules.api_scopes import API_SCOPES
from portal.grants.schemas import MakePersonalToken
from portal.grants.usecases.personal_tokens import make_personal_token
from portal.infra.actor import CLI

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.bootstrap import Portal

AddPerson = Callable[..., "User"]
PREFIX = "/api/v1"


@dataclass(frozen=True)
class Program:
    """A script with somebody's personal access token; without one it is anybody's."""

    client: FlaskClient
    token: str | None = None
    person: User | None = None

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - whatever the test client takes
    ) -> TestResponse:
        """A call below /api/v1."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            options["json"] = body
        return self.client.open(
            f"{PREFIX}{path}", method=method, headers={**sent, **(headers or {})}, **options
        )

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: object) -> TestResponse:
        return self.call("GET", path, headers=headers, query_string=query)

    def read(self, path: str, **query: object) -> dict[str, Any]:
        """The answer to a question that must be answered."""
        answer = self.call("GET", path, query_string=query)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        found = answer.get_json()
        assert isinstance(found, dict)
        return found

    def post(self, path: str, body: object = None, headers: dict[str, str] | None = None) -> TestResponse:
        return self.call("POST", path, body, headers)

    def patch(self, path: str, body: object, headers: dict[str, str] | None = None) -> TestResponse:
        return self.call("PATCH", path, body, headers)

    def put(self, path: str, body: object = None, headers: dict[str, str] | None = None) -> TestResponse:
        return self.call("PUT", path, body, headers)

    def delete(self, path: str, headers: dict[str, str] | None = None, **query: object) -> TestResponse:
        return self.call("DELETE", path, headers=headers, query_string=query)


ProgramOf = Callable[..., Program]


@pytest.fixture
def anybody(app: Flask) -> Program:
    """A program without a token."""
    return Program(app.test_client(use_cookies=False))


@pytest.fixture
def program_of(app: Flask, portal: Portal) -> ProgramOf:
    """Makes a token of these scopes (all of them unless said) for somebody, and a program that has it."""

    def make(person: User, scopes: Collection[str] = API_SCOPES) -> Program:
        with portal.unit_of_work(CLI) as uow:
            user = Users(uow.session).get(person.id)
            assert user is not None
            wish = MakePersonalToken.model_validate({"name": "script", "scopes": [*scopes], "days": 30})
            made = make_personal_token(uow, user, wish)
        return Program(app.test_client(use_cookies=False), made.text, person)

    return make


@pytest.fixture
def maya(add_person: AddPerson, program_of: ProgramOf) -> Program:
    """The administrator's script, which may do all that she may."""
    return program_of(add_person("maya@example.org", name="Maya Okafor", administrator=True))


@pytest.fixture
def audrey(portal: Portal, add_person: AddPerson, program_of: ProgramOf) -> Program:
    """The auditor's: reads everything, changes nothing."""
    person = add_person("audrey@example.org", name="Audrey Lind")
    with portal.unit_of_work(CLI) as uow:
        assign_role(uow, "auditor", to=person.ref)
    return program_of(person)


@pytest.fixture
def devon(add_person: AddPerson, program_of: ProgramOf) -> Program:
    """Of somebody with an account, and no business in the console."""
    return program_of(add_person("devon@example.org", name="Devon Reyes"))


@pytest.fixture
def clerk_with(portal: Portal, add_person: AddPerson, program_of: ProgramOf) -> Callable[..., Program]:
    """Makes the script of somebody who has exactly these permissions (`user:read`)."""

    def make(*permissions: str, email: str = "clerk@example.org") -> Program:
        person = add_person(email, name="Clerk")
        with portal.unit_of_work(CLI) as uow:
            role = create_role(uow, CreateRole(name="clerk"))
            wishes = []
            for permission in permissions:
                name, _, action = permission.partition(":")
                resource = Resources(uow.session).by_name(name)
                assert resource is not None
                wishes.append({"resource_id": resource.id, "action": action})
            set_permissions(uow, role.id, SetPermissions.model_validate({"permissions": wishes}))
            give_role(uow, person.id, GiveRole(role_id=role.id))
        return program_of(person)

    return make


def error_of(answer: TestResponse, status: int) -> dict[str, Any]:
    """The error of an answer, which has the one shape that all errors have."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:300]}"
    assert answer.mimetype == "application/json"
    error = answer.get_json()
    assert set(error) == {"error", "message", "details", "trace_id", "timestamp"}
    assert error["trace_id"] == answer.headers["X-Request-ID"]
    assert error["timestamp"].endswith("Z")
    assert all(set(detail) == {"field", "message", "code"} for detail in error["details"])
    return dict(error)
