"""A chain that several processes verify: what one finds is what a single walk would have found."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from portal.audit.models import AuditLog, Seal
from portal.audit.services.checkpoints import public_keys
from portal.audit.services.verifying import Verdict, Verifier
from portal.audit.services.verifying_together import Together
from tests.audit.steps import places, sealed_history

if TYPE_CHECKING:
    from portal.audit.rules.checkpoints import SignedHead
    from portal.bootstrap import Portal

PROCESSES = 3


@pytest.fixture
def copies(portal: "Portal") -> "list[SignedHead]":
    return sealed_history(portal)


def together(portal: "Portal", copies: "list[SignedHead]", *, after: int = 0) -> Verdict:
    return Together(
        reading=portal.reading,
        keys=public_keys(portal.ports.sealer),
        exported=lambda: copies,
        in_child=portal.after_fork,
        processes=PROCESSES,
        worth=5,
    ).run(after=after)


def alone(portal: "Portal", copies: "list[SignedHead]", *, after: int = 0) -> Verdict:
    return Verifier(portal.reading, public_keys(portal.ports.sealer), copies).run(after=after)


def test_a_whole_chain_is_whole(portal: "Portal", copies: "list[SignedHead]") -> None:
    verdict = together(portal, copies)
    assert verdict == alone(portal, copies)
    assert (verdict.problem, verdict.is_whole, verdict.exported) == (None, True, len(copies))


def test_it_may_begin_behind_a_position(portal: "Portal", copies: "list[SignedHead]") -> None:
    assert together(portal, copies, after=7) == alone(portal, copies, after=7)


def test_a_changed_entry_is_found_wherever_it_is(portal: "Portal", copies: "list[SignedHead]") -> None:
    for position, entry_id in places(portal, 8):
        with portal.engine.begin() as connection:
            before = connection.scalar(select(AuditLog.action).where(AuditLog.id == entry_id))
            connection.execute(update(AuditLog).where(AuditLog.id == entry_id).values(action="test.x"))
        verdict = together(portal, copies)
        with portal.engine.begin() as connection:
            connection.execute(update(AuditLog).where(AuditLog.id == entry_id).values(action=before))
        assert verdict.problem is not None
        assert (verdict.problem.kind, verdict.problem.position) == ("altered", position)


def test_of_two_changes_the_first_is_told(portal: "Portal", copies: "list[SignedHead]") -> None:
    (early, first), *_, (_, second) = sorted(places(portal, 8))
    with portal.engine.begin() as connection:
        connection.execute(update(AuditLog).where(AuditLog.id.in_((first, second))).values(action="test.x"))
    one, many = alone(portal, copies), together(portal, copies)
    assert many.problem == one.problem
    assert many.problem is not None
    assert many.problem.position == early
    assert replace(many, problem=None) == replace(one, problem=None)


def test_what_is_gone_from_the_end_or_never_had_a_place_is_missed(
    portal: "Portal", copies: "list[SignedHead]"
) -> None:
    with portal.engine.begin() as connection:
        last = connection.scalar(select(Seal.position).order_by(Seal.position.desc()).limit(1))
        connection.execute(delete(Seal).where(Seal.position == last))
    verdict = together(portal, copies)
    assert verdict.problem is not None
    assert verdict.problem.kind in {"truncated", "unsealed"}
    assert verdict.problem == alone(portal, copies).problem


def test_a_process_that_fails_says_why(portal: "Portal", copies: "list[SignedHead]") -> None:
    def broken() -> "list[SignedHead]":
        raise ValueError("line 3 is no checkpoint")

    with pytest.raises(ValueError, match="line 3"):
        Together(
            reading=portal.reading,
            keys=public_keys(portal.ports.sealer),
            exported=broken,
            in_child=portal.after_fork,
            processes=PROCESSES,
            worth=5,
        ).run()
