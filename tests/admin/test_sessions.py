"""Signed-in browsers over everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from portal.infra.actor import SYSTEM
from portal.sessions.models import Session
from portal.sessions.repository import Sessions
from tests.admin.conftest import Operator, entries_of, shown

if TYPE_CHECKING:
    from uuid import UUID

    from portal.bootstrap import Portal
    from tests.admin.conftest import VisitorAs

LISTING = "/admin/sessions"


def session_of(portal: Portal, person_id: UUID) -> UUID:
    with portal.reading() as session:
        return Sessions(session).live_of(person_id, at=portal.ports.clock.now())[0].id


def seen_from(portal: Portal, session_id: UUID, ip: str, browser: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(update(Session).where(Session.id == session_id).values(ip=ip, user_agent=browser))


def test_everybody_who_is_signed_in_is_listed(maya: Operator, devon: Operator) -> None:
    page = shown(maya.page(LISTING))
    assert page.index("Devon Reyes") < page.index("Maya Okafor")
    assert "This one" in page


def test_sessions_are_found_by_person_address_device_and_age(
    portal: Portal, maya: Operator, devon: Operator
) -> None:
    seen_from(
        portal, session_of(portal, devon.person.id), "203.0.113.9", "Mozilla/5.0 (X11; Linux) Firefox/145.0"
    )
    for query in (f"person={devon.person.id}", "ip=203.0.113.", "device=firefox", "device=linux&since=1"):
        page = shown(maya.page(f"{LISTING}?{query}"))
        assert "devon@example.org" in page, query
        assert "maya@example.org" not in page, query
    for query in ("ip=203.0.113.99", "ip=%25", "device=iphone"):
        assert "No sessions match" in maya.page(f"{LISTING}?{query}"), query
    assert maya.get(f"{LISTING}?person=x").status_code == 404


def test_those_selected_end_and_are_remembered(
    portal: Portal, maya: Operator, devon: Operator, visitor_as: VisitorAs
) -> None:
    ended = [session_of(portal, devon.person.id)]
    visitor_as(devon.person)
    ended.append(session_of(portal, devon.person.id))
    answer = maya.send(f"{LISTING}/end", {"session": [str(one) for one in ended]}, seen_on=LISTING)
    assert answer.status_code == 303
    assert "2 sessions ended" in maya.page(LISTING)
    assert devon.get("/account").status_code == 303
    entries = entries_of(portal, "session.ended")
    assert {(entry.actor_label, entry.reason) for entry in entries} == {("maya", "ended_by_operator")}
    assert len(entries) == 2


def test_what_ended_meanwhile_is_no_mistake(portal: Portal, maya: Operator, devon: Operator) -> None:
    one = str(session_of(portal, devon.person.id))
    for _ in range(2):
        assert maya.send(f"{LISTING}/end", {"session": one}, seen_on=LISTING).status_code == 303
    assert maya.send(f"{LISTING}/end", {"session": "x"}, seen_on=LISTING).status_code == 400


def test_an_auditor_looks_and_ends_nothing(audrey: Operator, devon: Operator) -> None:
    page = audrey.page(LISTING)
    assert "Devon Reyes" in page
    assert 'type="checkbox"' not in page
    assert audrey.send(f"{LISTING}/end", {}, seen_on="/account/profile").status_code == 403
