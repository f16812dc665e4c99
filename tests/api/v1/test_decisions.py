"""Whether somebody may do something, asked by a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.admin.holding import give, new_resource, new_role
from tests.api.conftest import error_of
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.api.conftest import Program, ProgramOf

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

OFFICE = {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]}


@pytest.fixture
def editing(portal: Portal, devon: Program) -> None:
    """Devon may update the wiki from the office."""
    assert devon.person is not None
    new_resource(portal, "wiki")
    give(portal, devon.person, new_role(portal, "editor", {"wiki:read": None, "wiki:update": OFFICE}))


@pytest.mark.usefixtures("editing")
def test_one_asks_about_oneself_here_and_now(portal: Portal, devon: Program) -> None:
    with statements(portal.engine) as asked:
        yes = devon.post("/decisions", {"verb": "read", "resource": "wiki"}).get_json()
    assert not [
        one for one in asked if one.split()[0] in {"INSERT", "UPDATE", "DELETE"} and "token" not in one
    ]
    assert (yes["permitted"], yes["verdict"], yes["reason"]) == (True, "devon may read wiki", "granted")
    assert [step["kind"] for step in yes["path"]] == ["user", "role", "permission"]
    no = devon.post("/decisions", {"verb": "update", "resource": "wiki"}).get_json()
    assert (no["permitted"], no["reason"], no["is_redacted"]) == (False, "condition_not_met", True)
    assert "10.0.0.0" not in str(no)
    supposed = {"verb": "update", "resource": "wiki", "ip": "10.1.2.3"}
    error_of(devon.post("/decisions", supposed), 400)


@pytest.mark.usefixtures("editing")
def test_about_others_the_token_and_the_person_need_more(
    maya: Program, devon: Program, audrey: Program, program_of: ProgramOf
) -> None:
    question = {"who": "devon", "verb": "update", "resource": "wiki"}
    assert "permission:read" in error_of(devon.post("/decisions", question), 403)["message"]
    narrow = program_of(maya.person, ["account:read"])
    assert error_of(narrow.post("/decisions", question), 403)["error"] == "insufficient_scope"
    told = audrey.post("/decisions", question).get_json()
    assert (told["permitted"], told["is_redacted"]) == (False, False)
    assert "10.0.0.0/8" in str(told["considered"][0]["comparisons"])
    supposed = audrey.post("/decisions", {**question, "ip": "10.1.2.3"}).get_json()
    assert supposed["permitted"]
    assert error_of(audrey.post("/decisions", {**question, "who": "nobody"}), 400)["error"] == "nobody_there"
    error_of(audrey.post("/decisions", {**question, "verb": "fly"}), 400)
