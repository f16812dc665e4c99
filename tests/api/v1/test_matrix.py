"""Scope, permission and object, for every operation there is: each is tried by whoever may not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import select

from portal.accounts.repository import Users
from portal.api.v1 import OPERATIONS
from portal.clients.rules.api_scopes import API_SCOPES
from portal.grants.schemas import MakePersonalToken
from portal.grants.usecases.personal_tokens import make_personal_token
from portal.infra.actor import CLI
from portal.infra.db import Base
from tests.api.conftest import Program, error_of
from tests.api.v1.samples import body_of, furnish, is_own, lacking, path_of
from tests.support.people import add_person

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.api.operations import Operation
    from tests.api.v1.samples import Ids
    from tests.support.databases import Databases
    from tests.support.inhabited import Inhabited

GUARDED: Final = [one for one in OPERATIONS if one.scope is not None]
NOT_COMPARED: Final = frozenset({"personal_tokens"})
"""When a token was last used is noted whatever came of it."""


@dataclass(frozen=True)
class House:
    """A portal with one of everything, whose owner is Rosa, and programs of people who are not her."""

    world: Inhabited
    ids: Ids
    nora: User

    @cached_property
    def stranger(self) -> Program:
        """Of somebody with an account and a token for everything, and no permission."""
        return self.program(self.nora)

    @cached_property
    def auditor(self) -> Program:
        return self.program(self.world.auditor)

    @cached_property
    def administrator(self) -> Program:
        return self.program(self.world.administrator)

    @cached_property
    def nobody(self) -> Program:
        return Program(self.world.app.test_client(use_cookies=False))

    def program(self, person: User, *, without: str | None = None) -> Program:
        with self.world.portal.unit_of_work(CLI) as uow:
            user = Users(uow.session).get(person.id)
            assert user is not None
            scopes = [scope for scope in API_SCOPES if scope != without]
            wish = MakePersonalToken.model_validate({"name": "script", "scopes": scopes, "days": 30})
            token = make_personal_token(uow, user, wish).text
        return Program(self.world.app.test_client(use_cookies=False), token, person)

    def call(self, program: Program, operation: Operation, **query: str) -> TestResponse:
        body = body_of(operation, self.ids)
        return program.call(operation.method, path_of(operation, self.ids), body, query_string=query)

    def everything(self) -> dict[str, str]:
        """What is kept of people and what they may do, a digest for each table. The log of refusals may grow."""
        with self.world.portal.asking() as connection:
            return {
                table.name: hashlib.sha256(
                    "\n".join(sorted(str(tuple(row)) for row in connection.execute(select(table)))).encode()
                ).hexdigest()
                for table in Base.metadata.sorted_tables
                if table.name not in NOT_COMPARED and not table.name.startswith("audit_")
            }


@pytest.fixture(scope="module")
def house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    from tests.support.inhabited import inhabited  # noqa: PLC0415 - loads the portal
    from tests.support.portals import cheap_settings  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("matrix")
    with (
        databases.fresh("sqlite", folder) as url,
        inhabited(cheap_settings(url, folder / "instance")) as world,
    ):
        yield House(world, furnish(world), add_person(world.portal, "nora@example.org", name="Nora Vane"))


def wrong_of(operations: list[Operation], judge: Callable[[Operation], str | None]) -> Mapping[str, str]:
    """What each operation got wrong, all of them at once."""
    return {one.name: words for one in operations if (words := judge(one))}


def test_every_operation_has_a_sample(house: House) -> None:
    assert wrong_of(list(OPERATIONS), lambda one: lacking(one, house.ids)) == {}


def test_samples_lead_to_something(house: House) -> None:
    """What is there to be read, somebody may read: so the other noes are about who calls."""

    def judge(operation: Operation) -> str | None:
        answer = house.call(house.administrator, operation)
        missing = answer.status_code == 404 and operation.path.startswith("/me/")  # it is Rosa's
        return None if answer.status_code == 200 or missing else f"{answer.status_code} {answer.text[:200]}"

    assert wrong_of([one for one in OPERATIONS if one.is_get], judge) == {}


def test_without_a_token_nothing_is_answered(house: House) -> None:
    def judge(operation: Operation) -> str | None:
        answer = house.call(house.nobody, operation)
        is_told = "Bearer" in answer.headers.get("WWW-Authenticate", "")
        return None if answer.status_code == 401 and is_told else str(answer.status_code)

    assert wrong_of(GUARDED, judge) == {}


def test_a_token_without_the_scope_opens_nothing(house: House) -> None:
    """However much its owner may do."""
    narrow: dict[str, Program] = {
        scope: house.program(house.world.administrator, without=scope) for scope in API_SCOPES
    }

    def judge(operation: Operation) -> str | None:
        assert operation.scope is not None
        answer = house.call(narrow[operation.scope], operation)
        challenge = answer.headers.get("WWW-Authenticate", "")
        is_told = f'error="insufficient_scope", scope="{operation.scope}"' in challenge
        return None if answer.status_code == 403 and is_told else f"{answer.status_code} {challenge}"

    assert wrong_of(GUARDED, judge) == {}


def test_a_person_without_the_permission_sees_and_changes_nothing(house: House) -> None:
    """What is Rosa's is not there for Nora, and what asks for a permission says which."""
    program, before = house.stranger, house.everything()
    hers = {one for name, one in house.ids.items() if name not in {"action", "wanted_id"}} | {"rosa@"}

    def judge(operation: Operation) -> str | None:
        answer = house.call(program, operation)
        told = answer.text.replace(path_of(operation, house.ids), "")
        if any(one in told for one in hers):
            return f"tells of her: {told[:200]}"
        if operation.permission is not None:
            action, resource = operation.permission
            error = error_of(answer, 403)
            return None if f"{resource}:{action}" in error["message"] else error["message"]
        expected = {200, 404} if operation.is_get else {403, 404}
        return None if answer.status_code in expected else f"{answer.status_code} {answer.text[:200]}"

    assert wrong_of([one for one in GUARDED if not is_own(one)], judge) == {}
    assert house.everything() == before


def test_an_auditor_reads_what_asks_for_a_permission_and_changes_nothing(house: House) -> None:
    program, before = house.auditor, house.everything()

    def judge(operation: Operation) -> str | None:
        answer = house.call(program, operation)
        expected = 200 if operation.is_get else 403
        return None if answer.status_code == expected else f"{answer.status_code} {answer.text[:200]}"

    assert wrong_of([one for one in GUARDED if one.permission is not None], judge) == {}
    assert house.everything() == before


def test_no_member_can_be_slipped_in(house: House) -> None:
    """What an answer shows and no wish has is refused in a wish, and so is anything else that is unasked for."""
    program, before = house.administrator, house.everything()

    def judge(operation: Operation) -> str | None:
        assert operation.body is not None
        shown = operation.returns.model_fields if operation.returns is not None else {}
        sample = body_of(operation, house.ids) or {}
        strange = {"surprise", "id", "is_system", *shown} - set(operation.body.model_fields) - set(sample)
        caller = program if operation.scope else house.nobody
        body = {**dict.fromkeys(strange, "x"), **sample}
        details = error_of(caller.call(operation.method, path_of(operation, house.ids), body), 400)["details"]
        refused = {one["field"].rpartition(".")[2] for one in details if one["code"] == "extra_forbidden"}
        return None if refused >= strange else f"takes {sorted(strange - refused)}"

    assert wrong_of([one for one in OPERATIONS if one.body is not None], judge) == {}
    assert house.everything() == before


def test_a_list_that_takes_a_cursor_goes_on_by_it(house: House) -> None:
    """So one that was made up is refused, by each of them."""

    def judge(operation: Operation) -> str | None:
        answer = house.call(house.administrator, operation, cursor="made-up", limit="1")
        return None if answer.status_code in {400, 404} else f"{answer.status_code} {answer.text[:200]}"

    lists = [one for one in OPERATIONS if one.is_list and "cursor" in one.query.model_fields]
    assert len(lists) > 10
    assert wrong_of(lists, judge) == {}


def test_no_parameter_is_taken_that_is_not_said(house: House) -> None:
    def judge(operation: Operation) -> str | None:
        program = house.administrator if operation.scope else house.nobody
        answer = house.call(program, operation, surprise="1")
        return None if answer.status_code == 400 else f"{answer.status_code} {answer.text[:200]}"

    assert wrong_of(list(OPERATIONS), judge) == {}


def test_a_preview_changes_nothing(house: House) -> None:
    program, before = house.administrator, house.everything()

    def judge(operation: Operation) -> str | None:
        answer = house.call(program, operation, preview="true")
        found = answer.get_json()
        is_effect = answer.status_code == 200 and {"gains", "losses", "is_exact"} <= set(found)
        return None if is_effect else f"{answer.status_code} {answer.text[:200]}"

    assert wrong_of([one for one in OPERATIONS if one.previews], judge) == {}
    assert house.everything() == before
