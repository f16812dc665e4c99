"""Files of people: those who are wanted, nothing secret, nothing that runs."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING

from portal.access.services.people_files import BATCH
from portal.accounts.models import User
from portal.infra.actor import SYSTEM
from tests.admin.conftest import Operator, entries_of
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson

EXPORT = "/admin/users/export"


def lines_of(operator: Operator, query: str = "") -> list[dict[str, str]]:
    answer = operator.send(f"{EXPORT}{query}", {"format": "csv"})
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(StringIO(answer.text)))


def test_those_who_are_wanted_are_in_the_file(portal: Portal, maya: Operator, devon: Operator) -> None:
    maya.send(f"/admin/users/{devon.person.id}/disable", {"reason": "left"})
    everybody, disabled = lines_of(maya), lines_of(maya, "?state=disabled")
    assert [line["username"] for line in everybody] == ["devon", "maya"]
    assert [line["email"] for line in disabled] == ["devon@example.org"]
    assert disabled[0]["roles"] == "user"
    assert disabled[0]["disabled_reason"] == "left"
    assert [line["username"] for line in lines_of(maya, "?q=okafor")] == ["maya"]


def test_a_line_of_json_for_each(maya: Operator, devon: Operator) -> None:
    answer = maya.send(EXPORT, {"format": "jsonl"})
    told = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["roles"] for one in told] == [["user"], ["administrator", "user"]]
    assert told[0]["id"] == str(devon.person.id)


def test_no_secret_and_no_formula_is_in_it(portal: Portal, maya: Operator, add_person: AddPerson) -> None:
    eve = add_person("eve@example.org", name="=cmd|' /C calc'!A0")
    answer = maya.send(EXPORT, {"format": "csv"}).text + maya.send(EXPORT, {"format": "jsonl"}).text
    assert "'=cmd|" in answer
    assert "argon2" not in answer
    assert eve.password_hash is not None
    assert eve.password_hash not in answer
    assert "security_epoch" not in answer


def test_who_took_how_much_of_what_is_remembered(portal: Portal, audrey: Operator, devon: Operator) -> None:
    lines_of(audrey, "?q=devon&sort=name")
    (entry,) = entries_of(portal, "users.exported")
    assert entry.actor_label == "audrey"
    assert entry.details == {"filter": {"q": "devon", "sort": "name"}, "format": "csv", "people": 1}


def test_a_large_file_is_read_in_pieces(portal: Portal, maya: Operator) -> None:
    at = portal.ports.clock.now()
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.add_all(
            User(username=f"p{n}", email=f"p{n}@example.org", name=f"P {n}", created_at=at, updated_at=at)
            for n in range(BATCH + 10)
        )
    with statements(portal.engine) as asked:
        told = lines_of(maya)
    assert len({line["id"] for line in told}) == BATCH + 11
    assert sum("ORDER BY users.created_at" in text for text in asked) == 2
