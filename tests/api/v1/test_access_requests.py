"""Asking for access with a program, and answering: whose affair a request is, is as on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from tests.admin.holding import new_group, new_resource, new_role
from tests.api.conftest import error_of
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.conftest import Program, ProgramOf

    AddPerson = Callable[..., User]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def rosa(add_person: AddPerson, program_of: ProgramOf) -> Program:
    """Of somebody who needs something."""
    return program_of(add_person("rosa@example.org", name="Rosa Brandt"))


@pytest.fixture
def on_call(portal: Portal, maya: Program, devon: Program) -> UUID:
    """A role that people may ask for, and for which Devon answers."""
    new_resource(portal, "pager")
    role_id = new_role(portal, "on call", {"pager:read": None})
    assert maya.patch(f"/roles/{role_id}", {"is_requestable": True, "owner": "devon"}).status_code == 200
    return role_id


def ask(program: Program, target: str, **more: object) -> dict[str, Any]:
    answer = program.post("/access-requests", {"thing": target, "reason": "On call this week", **more})
    assert answer.status_code == 201, answer.text
    found = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/access-requests/{found['id']}"
    assert isinstance(found, dict)
    return found


def test_a_request_is_made_seen_and_approved_by_the_owner(
    maya: Program, devon: Program, rosa: Program, on_call: UUID
) -> None:
    request = ask(rosa, f"role:{on_call}", wished_until="2031-12-24")
    assert (request["state"], request["wished_until"]) == ("open", "2031-12-24T23:59:59Z")
    path = f"/access-requests/{request['id']}"
    for program in (maya, devon, rosa):
        assert program.read(path) == request
    assert devon.read("/access-requests", state="open")["items"] == [request]
    assert rosa.read("/me/access-requests")["items"] == [request]
    approved = devon.post(f"{path}/approve", {"until": "2031-12-31", "note": "Take care"}).get_json()
    assert (approved["state"], approved["decided_by"]["username"]) == ("approved", "devon")
    assert rosa.read("/me/permissions")["permissions"] == ["pager:read"]
    assert error_of(maya.post(f"{path}/refuse", {"note": "No"}), 409)["error"] == "request_decided"
    assert maya.read("/access-requests", state="open")["items"] == []
    assert len(maya.read("/access-requests", q="rosa")["items"]) == 1


def test_a_request_is_nobody_elses_affair(
    portal: Portal, audrey: Program, rosa: Program, devon: Program, on_call: UUID, maya: Program
) -> None:
    other = new_role(portal, "another")
    maya.patch(f"/roles/{other}", {"is_requestable": True})
    path = f"/access-requests/{ask(rosa, f'role:{other}')['id']}"
    for answer in (devon.get(path), devon.post(f"{path}/approve", {}), devon.post(f"{path}/withdraw")):
        assert error_of(answer, 404)["error"] == "access_request_not_found"
    assert devon.read("/access-requests")["items"] == []
    assert audrey.read(path)["state"] == "open"
    assert "access_request:update" in error_of(audrey.post(f"{path}/approve", {}), 403)["message"]
    assert "access_request:read" in error_of(rosa.get("/access-requests"), 403)["message"]
    assert rosa.read(path)["state"] == "open"


def test_nobody_decides_on_their_own_request(
    devon: Program, maya: Program, portal: Portal, on_call: UUID
) -> None:
    group = new_group(portal, "Night shift")
    assert maya.patch(f"/groups/{group}", {"is_requestable": True}).status_code == 200
    path = f"/access-requests/{ask(devon, f'role:{on_call}')['id']}"
    assert error_of(devon.post(f"{path}/approve", {}), 403)["error"] == "not_yours_to_decide"
    assert maya.post(f"{path}/refuse", {"note": "You own it"}).get_json()["decision_note"] == "You own it"
    again = ask(devon, f"group:{group}")
    withdrawn = devon.post(f"/access-requests/{again['id']}/withdraw")
    assert withdrawn.get_json()["state"] == "withdrawn"
    error_of(devon.post(f"/access-requests/{again['id']}/withdraw"), 409)


def test_what_cannot_be_asked_for_is_said_at_its_member(rosa: Program) -> None:
    changes: list[tuple[dict[str, str], str]] = [
        ({"thing": "role:x"}, "thing"),
        ({"thing": f"resource:{NOBODYS_ID}"}, "thing"),
        ({"thing": f"role:{NOBODYS_ID}"}, "thing"),
        ({"thing": f"client:{NOBODYS_ID}"}, "thing"),
        ({"reason": ""}, "reason"),
        ({"wished_until": "2020-01-01"}, "wished_until"),
        ({"wished_until": "soon"}, "wished_until"),
        ({"state": "approved"}, "state"),
    ]
    for change, field in changes:
        wish = {"thing": f"role:{NOBODYS_ID}", "reason": "I need it", **change}
        error = error_of(rosa.post("/access-requests", wish), 400)
        assert error["details"][0]["field"] == field, change
    assert rosa.read("/me/access-requests")["items"] == []


def test_for_an_app_the_answer_says_which_role_opens_it(
    portal: Portal, maya: Program, devon: Program, rosa: Program, on_call: UUID
) -> None:
    other = new_role(portal, "ledger reader")
    wish = {
        "client_name": "Ledger", "kind": "web", "audience": "roles", "role_ids": [on_call, other],
        "redirect_uris": ["https://ledger.example.org/callback"],
    }  # fmt: skip
    with portal.unit_of_work(SYSTEM) as uow:
        app = register_client(uow, RegisterClient.model_validate(wish)).client.ref
    path = f"/access-requests/{ask(rosa, f'client:{app.id}')['id']}"
    assert error_of(maya.post(f"{path}/approve", {}), 400)["details"][0]["field"] == "give"
    assert (
        error_of(devon.post(f"{path}/approve", {"give": f"role:{other}"}), 400)["details"][0]["field"]
        == "give"
    )
    assert devon.post(f"{path}/approve", {"give": f"role:{on_call}"}).get_json()["state"] == "approved"
    assert [one["role"]["name"] for one in rosa.read("/me/roles")["items"]] == ["on call", "user"]


def test_a_long_list_costs_no_more_statements_than_a_short_one(
    portal: Portal, maya: Program, rosa: Program, devon: Program, add_person: AddPerson, program_of: ProgramOf,
    on_call: UUID,
) -> None:  # fmt: skip
    def cost(program: Program, path: str) -> int:
        program.read(path)  # what the person may do is compiled once
        with statements(portal.engine) as asked:
            program.read(path, limit=100)
        return len(asked)

    ask(rosa, f"role:{on_call}")
    few = cost(maya, "/access-requests"), cost(devon, "/access-requests")
    for number in range(6):
        ask(program_of(add_person(f"person{number}@example.org")), f"role:{on_call}")
    assert (cost(maya, "/access-requests"), cost(devon, "/access-requests")) == few
