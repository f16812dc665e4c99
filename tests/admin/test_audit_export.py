"""The log as a file."""

from __future__ import annotations

import csv
import json
import re
import tracemalloc
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from portal.audit.repository import AuditEntries
from portal.infra.actor import Actor
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id
from portal.infra.spreadsheets import csv_line
from tests.admin.conftest import Operator, shown

if TYPE_CHECKING:
    from portal.bootstrap import Portal

FORMULAS = ('=HYPERLINK("https://evil.example")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\0=1")


class Happened(Event):
    """Anything."""

    label = "test.happened"


def tell(portal: Portal, times: int = 1, *, label: str = "maya", reason: str | None = None) -> None:
    with portal.unit_of_work(Actor(kind="user", id=new_id(), label=label, request_id="req_1")) as uow:
        for number in range(times):
            touched = (Ref("role", new_id(), f"role {number}"),)
            uow.publish(Happened(touched=touched, reason=reason, before={"a": 1}, after={"a": 2}))


def download(operator: Operator, query: str, file_format: str) -> str:
    answer = operator.send(f"/admin/audit/export?{query}", {"format": file_format})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_count_comes_first_then_the_file(maya: Operator) -> None:
    tell(maya.portal, 3)
    page = shown(maya.page("/admin/audit/export?request=req_1"))
    assert "Events 3" in page
    assert "Request req_1" in page
    answer = maya.send("/admin/audit/export?request=req_1", {"format": "csv"})
    assert answer.mimetype == "text/csv"
    assert re.fullmatch(
        r'attachment; filename="audit-\d{8}T\d{6}Z\.csv"', answer.headers["Content-Disposition"]
    )
    rows = list(csv.DictReader(StringIO(answer.get_data(as_text=True))))
    assert [row["action"] for row in rows] == ["test.happened"] * 3
    assert json.loads(rows[0]["after"]) == {"a": 2}
    assert [one["label"] for one in json.loads(rows[0]["touched"])] == ["role 2"]


def test_json_lines_have_the_whole_entry(maya: Operator) -> None:
    tell(maya.portal, 2, reason="Spring review")
    lines = download(maya, "request=req_1", "jsonl").splitlines()
    assert len(lines) == 2
    entry = json.loads(lines[0])
    assert (entry["reason"], entry["actor"]["kind"], entry["before"]) == ("Spring review", "user", {"a": 1})


def test_an_export_is_an_entry_itself_and_not_in_its_own_file(maya: Operator) -> None:
    lines = download(maya, "by=user", "jsonl")
    assert "audit.exported" not in lines
    with maya.portal.reading() as session:
        entry = AuditEntries(session).page(size=1).items[0]
    assert entry.action == "audit.exported"
    assert entry.actor_label == "maya"
    assert entry.details["filter"] == {"by": "user"}
    assert entry.details["format"] == "jsonl"


def test_more_than_a_batch_comes_whole_and_in_order(maya: Operator) -> None:
    tell(maya.portal, 1203)
    labels = [
        json.loads(line)["touched"][0]["label"]
        for line in download(maya, "request=req_1", "jsonl").splitlines()
    ]
    assert labels == [f"role {number}" for number in reversed(range(1203))]


def test_a_long_log_needs_little_memory(maya: Operator) -> None:
    """What is in memory is a batch, however many batches there are."""
    tell(maya.portal, 600)
    peaks = []
    for times in (0, 3000):
        tell(maya.portal, times)
        tracemalloc.start()
        answer = maya.send("/admin/audit/export?request=req_1", {"format": "jsonl"})
        size = sum(len(chunk) for chunk in answer.response)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        answer.close()
        assert size > 100 * (600 + times)
    assert peaks[1] < 2 * peaks[0]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    (cells,) = csv.reader(StringIO(csv_line([text, "plain", None, 7])))
    assert cells == [f"'{text}", "plain", "", "7"]


def test_formulas_in_entries_are_text_in_the_file(maya: Operator) -> None:
    tell(maya.portal, label="=cmd|' /C calc'!A0", reason="@SUM(1)")
    (row,) = csv.DictReader(StringIO(download(maya, "request=req_1", "csv")))
    assert row["actor"].startswith("'=cmd")
    assert row["reason"] == "'@SUM(1)"


def test_a_reason_is_looked_for_in_the_file_too(maya: Operator) -> None:
    tell(maya.portal, reason="Spring review")
    tell(maya.portal, reason="Autumn review")
    lines = download(maya, "reason=SPRING", "jsonl").splitlines()
    assert [json.loads(line)["reason"] for line in lines] == ["Spring review"]


def test_who_may_not_read_the_log_takes_none_of_it(devon: Operator, audrey: Operator) -> None:
    assert devon.get("/admin/audit/export").status_code == 403
    assert devon.browser.post("/admin/audit/export").status_code in {400, 403}
    assert "signed_in" in download(audrey, "", "csv")


def test_an_unknown_format_is_asked_for_again(maya: Operator) -> None:
    answer = maya.send("/admin/audit/export", {"format": "xls"})
    assert answer.status_code == 422


@pytest.mark.settings(throttles=True)
def test_exports_are_throttled(maya: Operator) -> None:
    answers = [maya.send("/admin/audit/export?request=none", {"format": "csv"}) for _ in range(21)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
