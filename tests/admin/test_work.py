"""Background work on pages: what was given up is kept, told and begun anew, and never says what it was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.admin.work import KINDS
from portal.infra.actor import SYSTEM
from portal.infra.outbox import GIVE_UP_AFTER, Outbox, OutboxMessage
from portal.jobs.registry import JOBS, Inside
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.support.history import history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any
    from uuid import UUID

    from portal.bootstrap import Portal
    from portal.infra.unit_of_work import UnitOfWork
    from tests.support.portals import MovableClock

LINK = "https://id.example.org/recover/mlt_0352el6Wf5Dtp3XYZ6zCX0_MKxS3v5Iu4t9bPkm"


@pytest.fixture
def weather() -> Iterator[dict[str, str]]:
    """While it says a problem, writing links for new passwords fails with it."""
    found = {"problem": "the press is broken"}

    def write(_uow: UnitOfWork, _payload: Mapping[str, Any]) -> None:
        if found["problem"]:
            raise RuntimeError(found["problem"])

    kept = JOBS["recovery_mail"]
    JOBS["recovery_mail"] = Inside(write)
    yield found
    JOBS["recovery_mail"] = kept


def promise(portal: Portal, kind: str = "recovery_mail") -> UUID:
    with portal.unit_of_work(SYSTEM) as uow:
        return uow.enqueue(kind, {"email": "devon@example.org", "link": LINK}).id


def found(portal: Portal, message_id: UUID) -> OutboxMessage | None:
    with portal.reading() as session:
        return Outbox(session).get(message_id)


@pytest.fixture
def given_up(
    portal: Portal, weather: dict[str, str], deliver: Callable[[], int], clock: MovableClock
) -> UUID:
    """Something that was tried for a day."""
    message_id = promise(portal)
    deliver()
    clock.advance(seconds=GIVE_UP_AFTER.total_seconds())
    deliver()
    message = found(portal, message_id)
    assert message is not None
    assert message.state == "failed"
    return message_id


def test_what_was_given_up_is_kept_with_its_problem_and_without_what_it_was_about(
    portal: Portal, given_up: UUID, maya: Operator
) -> None:
    for path in ("/admin/work", "/admin/work?state=failed", f"/admin/work/{given_up}"):
        page = shown(maya.page(path))
        assert "RuntimeError: the press is broken" in page
        assert "Given up" in page
        assert "devon" not in page
        assert "mlt_" not in page
    assert "the press is broken" not in maya.page("/admin/work?state=waiting")
    assert "the press is broken" not in maya.page("/admin/work?kind=housekeeping")
    assert "Nothing was given up" in maya.page("/admin/work?kind=housekeeping&state=failed")


def test_it_is_begun_anew_with_a_day_before_it(
    portal: Portal, given_up: UUID, maya: Operator, weather: dict[str, str], deliver: Callable[[], int]
) -> None:
    portal.wake_worker.clear()
    answer = maya.send(f"/admin/work/{given_up}/retry", seen_on=f"/admin/work/{given_up}")
    assert answer.status_code == 303
    assert portal.wake_worker.is_set()
    assert deliver() == 1
    message = found(portal, given_up)
    assert message is not None
    assert (message.state, message.attempts) == ("waiting", 1)
    weather["problem"] = ""
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.get_one(OutboxMessage, given_up).hurry(at=uow.now)
    deliver()
    assert "Done" in shown(maya.page(f"/admin/work/{given_up}"))
    (entry,) = history(portal, "work.retried")
    assert (entry.actor_label, entry.details) == ("maya", {"kind": "recovery_mail", "count": 1})
    assert "maya had given-up background work tried again" in shown(maya.page("/admin/audit"))


def test_all_of_a_filter_are_begun_anew_at_once(
    portal: Portal, maya: Operator, weather: dict[str, str], deliver: Callable[[], int]
) -> None:
    ours = [promise(portal) for _ in range(3)]
    other = promise(portal, "from-the-future")
    with portal.unit_of_work(SYSTEM) as uow:
        for message_id in (*ours, other):
            uow.session.get_one(OutboxMessage, message_id).give_up("enough", at=uow.now)
    weather["problem"] = ""
    answer = maya.send(
        "/admin/work/retry",
        {"kind": "recovery_mail"},
        seen_on="/admin/work?state=failed&kind=recovery_mail",
    )
    assert answer.headers["Location"] == "/admin/work?state=failed&kind=recovery_mail"
    assert deliver() == 3
    states = [message.state for message in (found(portal, one) for one in (*ours, other)) if message]
    assert states == ["delivered", "delivered", "delivered", "failed"]
    (entry,) = history(portal, "work.retried")
    assert entry.details == {"kind": "recovery_mail", "count": 3}
    maya.send("/admin/work/retry", {}, seen_on="/admin/work?state=failed")
    assert [entry.details["count"] for entry in history(portal, "work.retried")] == [3, 1]


def test_it_is_let_go_of_only_for_a_reason(portal: Portal, given_up: UUID, maya: Operator) -> None:
    path = f"/admin/work/{given_up}"
    refused = maya.send(f"{path}/discard", {"reason": "  "}, seen_on=path)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert found(portal, given_up) is not None
    answer = maya.send(f"{path}/discard", {"reason": "Devon has left"}, seen_on=path)
    assert answer.status_code == 303
    assert found(portal, given_up) is None
    assert maya.get(path).status_code == 404
    (entry,) = history(portal, "work.discarded")
    assert (entry.reason, entry.details["kind"]) == ("Devon has left", "recovery_mail")
    assert "devon@example.org" not in repr(entry.details)


def test_what_is_not_given_up_is_left_alone(portal: Portal, given_up: UUID, maya: Operator) -> None:
    waiting = promise(portal)
    for act, fields in (("retry", {}), ("discard", {"reason": "Why not"}), ("discard", {})):
        answer = maya.send(f"/admin/work/{waiting}/{act}", fields, seen_on=f"/admin/work/{given_up}")
        assert answer.status_code == 409
    assert found(portal, waiting) is not None


def test_an_auditor_sees_it_and_changes_nothing(portal: Portal, given_up: UUID, audrey: Operator) -> None:
    page = audrey.page(f"/admin/work/{given_up}")
    assert "the press is broken" in page
    assert "Discard" not in shown(page)
    assert "Retry" not in shown(audrey.page("/admin/work?state=failed"))
    for act in (f"{given_up}/retry", f"{given_up}/discard", "retry"):
        answer = audrey.send(f"/admin/work/{act}", {"reason": "x"}, seen_on="/account/profile")
        assert answer.status_code == 403
    message = found(portal, given_up)
    assert message is not None
    assert message.state == "failed"


@pytest.mark.parametrize("words", [*HOSTILE, f"refused {LINK}\n[parameters: ('s3cret',)]"])
def test_a_problem_in_any_words_shows_no_secret_and_no_markup(
    portal: Portal,
    maya: Operator,
    weather: dict[str, str],
    deliver: Callable[[], int],
    words: str,
) -> None:
    weather["problem"] = words
    message_id = promise(portal)
    deliver()
    page = maya.page(f"/admin/work/{message_id}")
    assert "MKxS3v5Iu4t9bPkm" not in page
    assert "s3cret" not in page
    assert "<img" not in page
    assert "RuntimeError: " in page


def test_a_strange_address_is_no_mishap(maya: Operator) -> None:
    assert maya.get("/admin/work?state=x&kind=%00").status_code == 200
    assert maya.get("/admin/work?before=zzz").status_code == 404
    assert maya.get("/admin/work/0").status_code == 404


def test_every_kind_of_work_is_named() -> None:
    assert set(KINDS) == set(JOBS)
