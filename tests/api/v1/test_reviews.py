"""Reviews of access by program: begun, walked through and finished as on the pages, and nobody else's affair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portal.access.schemas import GiveRole
from portal.access.usecases.assignments import give_role
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from tests.admin.holding import new_role
from tests.api.conftest import error_of
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.conftest import Program, ProgramOf

    AddPerson = Callable[..., User]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def editors(portal: Portal, add_person: AddPerson) -> UUID:
    """A role that Ada and Bo hold."""
    role_id = new_role(portal, "editor")
    for name in ("Ada", "Bo"):
        hold(portal, add_person(f"{name.lower()}@example.org", name=name).id, role_id)
    return role_id


def hold(portal: Portal, user_id: UUID, role_id: UUID) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        give_role(uow, user_id, GiveRole(role_id=role_id))


def start(program: Program, role_id: UUID, **more: object) -> dict[str, Any]:
    answer = program.post("/access-reviews", {"thing": f"role:{role_id}", "due_at": "2031-12-24", **more})
    assert answer.status_code == 201, answer.text
    found = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/access-reviews/{found['id']}"
    assert isinstance(found, dict)
    return found


def test_a_reviewer_keeps_and_ends_and_finishes(maya: Program, devon: Program, editors: UUID) -> None:
    review = start(maya, editors, reviewer="devon")
    path = f"/access-reviews/{review['id']}"
    assert (review["state"], review["reviewer"]["username"]) == ("open", "devon")
    assert review["progress"] == {"total": 2, "kept": 0, "ended": 0, "gone": 0, "left": 2}
    assert [one["id"] for one in devon.read("/access-reviews", state="open")["items"]] == [review["id"]]
    ada, bo = devon.read(f"{path}/members")["items"]
    assert [(one["person"]["name"], one["is_direct"], one["verdict"]) for one in (ada, bo)] == [
        ("Ada", True, None),
        ("Bo", True, None),
    ]
    kept = devon.post(f"{path}/judge", {"items": [ada["id"]], "verdict": "keep"})
    assert kept.get_json() == {"done": 1, "left_out": []}
    ended = devon.post(f"{path}/judge", {"items": [bo["id"]], "verdict": "end", "note": "Left the desk"})
    assert ended.get_json()["done"] == 1
    held = maya.read(f"/users/{bo['person']['id']}/roles")["items"]
    assert "editor" not in {one["role"]["name"] for one in held}
    (looked,) = devon.read(f"{path}/members", verdict="end")["items"]
    assert (looked["note"], looked["is_gone"]) == ("Left the desk", True)
    finished = devon.post(f"{path}/finish").get_json()
    assert (finished["state"], finished["progress"]["kept"], finished["progress"]["ended"]) == (
        "finished",
        1,
        1,
    )
    assert error_of(devon.post(f"{path}/finish"), 409)["error"] == "access_review_over"
    left_out = error_of(devon.post(f"{path}/judge", {"items": [ada["id"]], "verdict": "end"}), 409)
    assert left_out["error"] == "access_review_over"


def test_who_can_t_be_judged_is_left_out_by_name(maya: Program, devon: Program, editors: UUID) -> None:
    review = start(maya, editors, reviewer="devon")
    path = f"/access-reviews/{review['id']}"
    ada, bo = devon.read(f"{path}/members")["items"]
    assert maya.delete(f"/users/{ada['person']['id']}/roles/{editors}").status_code == 204
    judged = devon.post(f"{path}/judge", {"items": [ada["id"], bo["id"]], "verdict": "keep"}).get_json()
    assert judged == {
        "done": 1,
        "left_out": [{"id": ada["id"], "name": "Ada", "why": "has lost it meanwhile"}],
    }


def test_a_review_is_nobody_elses_affair(
    maya: Program,
    devon: Program,
    audrey: Program,
    editors: UUID,
    program_of: ProgramOf,
    add_person: AddPerson,
) -> None:
    nora = program_of(add_person("nora@example.org", name="Nora"))
    review = start(maya, editors, reviewer="devon")
    path = f"/access-reviews/{review['id']}"
    verdict = {"items": [str(new_id())], "verdict": "keep"}
    for answer in (
        nora.get(path),
        nora.get(f"{path}/members"),
        nora.post(f"{path}/judge", verdict),
        nora.post(f"{path}/finish"),
        audrey.post(f"{path}/finish"),
    ):
        assert error_of(answer, 404)["error"] == "access_review_not_found"
    assert "access_review:read" in error_of(nora.get("/access-reviews"), 403)["message"]
    assert "access_review:create" in error_of(devon.post("/access-reviews", START), 403)["message"]
    assert [one["id"] for one in audrey.read("/access-reviews")["items"]] == [review["id"]]


START = {"thing": "role:01890a5d-ac96-774b-bcce-b302099a8057", "due_at": "2031-12-24"}


def test_what_can_t_be_reviewed_is_said_at_its_member(maya: Program, portal: Portal) -> None:
    empty = new_role(portal, "nobody has it")
    wrong = [
        (START, "thing"),
        (START | {"thing": f"role:{empty}"}, "thing"),
        (START | {"thing": f"role:{empty}", "due_at": "2001-01-01"}, "due_at"),
    ]
    for body, field in wrong:
        assert error_of(maya.post("/access-reviews", body), 400)["details"][0]["field"] == field


def test_the_people_of_a_review_cost_no_more_statements_when_there_are_more(
    portal: Portal, maya: Program, editors: UUID, add_person: AddPerson
) -> None:
    review = start(maya, editors)
    with statements(portal.engine) as few:
        maya.read(f"/access-reviews/{review['id']}/members")
    maya.post(f"/access-reviews/{review['id']}/finish")
    for number in range(20):
        hold(portal, add_person(f"more{number}@example.org").id, editors)
    review = start(maya, editors)
    with statements(portal.engine) as many:
        assert len(maya.read(f"/access-reviews/{review['id']}/members")["items"]) == 22
    assert len(many) <= len(few) + 1


def test_what_one_may_ask_for_is_listed_and_can_be_asked_for(
    portal: Portal, maya: Program, devon: Program
) -> None:
    role_id = new_role(portal, "on call")
    maya.patch(f"/roles/{role_id}", {"is_requestable": True, "description": "Answers at night"})
    (found,) = devon.read("/me/askable")["items"]
    assert found == {
        "thing": f"role:{role_id}", "type": "role", "id": str(role_id), "name": "on call",
        "description": "Answers at night", "is_asked": False,
    }  # fmt: skip
    assert devon.post("/access-requests", {"thing": found["thing"], "reason": "Nights"}).status_code == 201
    assert devon.read("/me/askable", q="call", type="role")["items"][0]["is_asked"]
    assert devon.read("/me/askable", type="group")["items"] == []
    assert devon.read("/me/askable", reference="req_of_somebody_else")["items"] == []
    assert error_of(devon.get("/me/askable", type="session"), 400)["details"][0]["field"] == "type"
