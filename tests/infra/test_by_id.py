"""Rows by their id, past the session's own way: what it does not see being written it still keeps account of."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest
from sqlalchemy import select

from portal.infra.actor import SYSTEM
from portal.infra.by_id import ById
from portal.infra.ids import new_id
from portal.sessions.models import Flow

if TYPE_CHECKING:
    from datetime import datetime

    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork

FLOWS: Final = ById(Flow)


def made(at: "datetime") -> Flow:
    return Flow(
        id=new_id(),
        kind="authorize",
        browser_digest=b"digest",
        created_at=at,
        expires_at=at + timedelta(minutes=5),
        state={"step": 1},
    )


def stored(portal: "Portal", flow: Flow) -> Flow | None:
    with portal.reading() as session:
        return session.get(Flow, flow.id)


def test_a_new_one_is_there_at_once_with_everything_that_it_was_given(uow: "UnitOfWork") -> None:
    flow = made(uow.now)
    FLOWS.add(uow.session, flow)
    row = uow.connection.execute(select(Flow.__table__).where(Flow.id == flow.id)).one()
    assert row._asdict() == {column.name: getattr(flow, column.name) for column in Flow.__table__.columns}
    assert FLOWS.get(uow.session, flow.id) is flow
    assert uow.session.get(Flow, flow.id) is flow
    assert not uow.session.new
    assert not uow.session.dirty


def test_what_changes_in_a_new_one_afterwards_the_session_writes(portal: "Portal") -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        flow = made(uow.now)
        FLOWS.add(uow.session, flow)
        flow.state = {"step": 2}
    found = stored(portal, flow)
    assert found is not None
    assert found.state == {"step": 2}


def test_a_noted_value_is_written_now_and_leaves_the_others_to_the_session(portal: "Portal") -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        FLOWS.add(uow.session, flow := made(uow.now))
    with portal.unit_of_work(SYSTEM) as uow:
        there = FLOWS.get(uow.session, flow.id)
        assert there is not None
        FLOWS.note(uow.session, there, completed_at=uow.now)
        assert there.completed_at == uow.now
        assert not uow.session.dirty
        there.state = {"step": 3}
    found = stored(portal, flow)
    assert found is not None
    assert (found.completed_at, found.state) == (uow.now, {"step": 3})


def test_nothing_of_it_outlives_a_unit_that_fails(portal: "Portal") -> None:
    def fail() -> None:
        with portal.unit_of_work(SYSTEM) as uow:
            FLOWS.add(uow.session, other)
            there = FLOWS.get(uow.session, flow.id)
            assert there is not None
            FLOWS.note(uow.session, there, completed_at=uow.now)
            raise LookupError

    with portal.unit_of_work(SYSTEM) as uow:
        FLOWS.add(uow.session, flow := made(uow.now))
        other = made(uow.now)
    with pytest.raises(LookupError):
        fail()
    kept = stored(portal, flow)
    assert kept is not None
    assert kept.completed_at is None
    assert stored(portal, other) is None
