"""`portal audit`: what it prints, and the code it ends with."""

import gc
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update
from typer.testing import Result

from portal.audit.models import AuditLog, Seal
from portal.audit.repository import chain_state
from portal.audit.rules.personal import ERASED
from portal.infra.ids import new_id
from portal.jobs.sealing import keeper_of
from tests.audit.steps import DEVON, live, sealed_history
from tests.support.history import history

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.bootstrap import Portal

    Run = Callable[..., Result]


@pytest.fixture
def run(command: "Run") -> "Run":
    """`run("verify", "--json")` as if it were typed beside this portal."""
    return partial(command, "audit")


def tamper(portal: "Portal", position: int) -> str:
    with portal.engine.begin() as connection:
        victim = connection.execute(select(Seal.entry_id).where(Seal.position == position)).scalar_one()
        connection.execute(update(AuditLog).where(AuditLog.id == victim).values(action="test.changed"))
    return victim.hex


def test_a_whole_log_ends_with_nought(portal: "Portal", run: "Run") -> None:
    copies = sealed_history(portal, 9)
    done = run("verify")
    assert gc.isenabled()
    assert (done.exit_code, done.stdout.startswith("Whole: ")) == (0, True)
    facts = json.loads(run("verify", "--json").stdout)
    assert (facts["whole"], facts["problem"], facts["checkpoints"]) == (True, None, 3)
    assert facts["position"] > copies[-1].position - 1
    with portal.reading() as session:
        assert chain_state(session).whole_verified_at is not None
    assert [entry.details["whole"] for entry in history(portal, "history.verified")] == [True, True]


def test_a_changed_entry_ends_with_one_and_is_named(portal: "Portal", run: "Run") -> None:
    sealed_history(portal, 9)
    victim = tamper(portal, 4)
    done = run("verify")
    assert done.exit_code == 1
    assert f"BROKEN: position 4, entry {victim}" in done.stdout
    facts = json.loads(run("verify", "--json").stdout)
    assert (facts["problem"]["kind"], facts["problem"]["entry_id"]) == ("altered", victim)
    assert run("verify", "--from", "5").exit_code == 0


def test_copies_of_checkpoints_are_held_against_it(portal: "Portal", run: "Run", tmp_path: Path) -> None:
    copies = sealed_history(portal, 9)
    file, key = tmp_path / "checkpoints.jsonl", tmp_path / "key.pem"
    file.write_text("".join(f"{copy.as_line()}\n\n" for copy in copies))
    key.write_text(run("key").stdout)
    done = run("verify", "--checkpoints", str(file), "--key", str(key), "--json")
    assert (done.exit_code, json.loads(done.stdout)["exported"]) == (0, 3)


@pytest.mark.parametrize(
    ("content", "words"), [("nonsense\n", "line 1 is no checkpoint"), (None, "No such file")]
)
def test_what_can_not_be_used_ends_with_two(
    portal: "Portal", run: "Run", tmp_path: Path, content: str | None, words: str
) -> None:
    sealed_history(portal, 3)
    file = tmp_path / "checkpoints.jsonl"
    if content is not None:
        file.write_text(content)
    done = run("verify", "--checkpoints", str(file))
    assert done.exit_code == 2
    assert words in done.stderr
    assert run("verify", "--key", __file__).exit_code == 2


def test_sealing_can_be_asked_for(portal: "Portal", run: "Run") -> None:
    live(portal, 3)
    done = run("seal")
    assert done.exit_code == 0
    assert "entries sealed, and the head signed." in done.stdout
    assert keeper_of(portal).seal_waiting() == 0


def test_erasing_needs_a_yes(portal: "Portal", run: "Run") -> None:
    live(portal, 2)
    assert run("erase", str(DEVON)).exit_code == 1
    assert history(portal, "test.waved_at")[0].resource_label == "devon"
    assert run("erase", str(DEVON), "--yes", "--reason", "asked for it").exit_code == 0
    assert history(portal, "test.waved_at")[0].resource_label == ERASED
    assert "was erased before" in run("erase", str(DEVON), "--yes").stdout
    assert run("erase", str(new_id()), "--yes").exit_code == 0


def test_removing_needs_days_and_a_yes(portal: "Portal", run: "Run") -> None:
    sealed_history(portal, 3)
    assert run("prune").exit_code == 2
    assert run("prune", "--days", "365").exit_code == 1
    assert run("prune", "--days", "365", "--yes").stdout == "0 entries removed.\n"
