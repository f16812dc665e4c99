"""The log, filtered by whatever an entry says."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

from portal.audit.repository import MOST_OPENED, AuditEntries, AuditFilter
from portal.infra.actor import CLI
from portal.infra.events import Ref
from portal.infra.ids import new_id
from tests.admin.conftest import Operator, shown
from tests.admin.test_audit import Happened, edit_an_app, tell

if TYPE_CHECKING:
    from tests.support.portals import MovableClock


def test_each_value_of_an_entry_leads_to_all_that_share_it(maya: Operator) -> None:
    client = edit_an_app(maya)
    with maya.portal.reading() as session:
        entry = AuditEntries(session).page(AuditFilter(request_id="req_edit")).items[0]
    page = unescape(maya.page(f"/admin/audit/{entry.id}"))
    for query in (
        f"actor={maya.person.id}",
        f"subject={client}",
        "ip=203.0.113.9",
        "request=req_edit",
        "event=client.edited",
    ):
        assert f'href="/admin/audit?{query}"' in page, query
        assert "maya changed settings of Kestrel" in shown(maya.page(f"/admin/audit?{query}")), query


def test_filters_are_combined(maya: Operator) -> None:
    edit_an_app(maya)
    with maya.portal.unit_of_work(CLI) as uow:
        uow.publish(Happened(touched=(Ref("role", new_id(), "editor"),), reason="Spring review"))
    together = "event=client.edited&ip=203.0.113.9&request=req_edit&by=user&outcome=success"
    page = shown(maya.page(f"/admin/audit?{together}"))
    assert "1 event Action: client.edited" in page
    assert "From 203.0.113.9" in page
    assert "Done by: a person" in page
    assert "No events match these filters" in maya.page(
        f"/admin/audit?{together.replace('success', 'failure')}"
    )
    assert "test happened" in shown(maya.page("/admin/audit?by=cli&q=editor"))


def test_a_reason_is_found_though_it_is_sealed(maya: Operator) -> None:
    for number in range(30):
        reason = "Spring review" if number % 10 == 0 else "Something else"
        with maya.portal.unit_of_work(CLI) as uow:
            uow.publish(Happened(touched=(Ref("user", maya.person.id, "maya"),), reason=reason))
    page = shown(maya.page("/admin/audit?reason=spring+REV"))
    assert page.count("test happened") == 3
    assert "3 events Reason: “spring REV”" in page


def test_a_reason_that_lies_far_back_is_found_by_going_on(maya: Operator) -> None:
    """A page opens a bounded number of entries, and says so where it found none among them."""
    tell(maya.portal, Happened(touched=(Ref("role", new_id(), "editor"),), reason="Spring review"))
    with maya.portal.unit_of_work(CLI) as uow:
        for _ in range(MOST_OPENED):
            uow.publish(Happened(touched=()))
    page = maya.page("/admin/audit?reason=spring")
    assert "None among the 2,000 entries that were looked through" in shown(page)
    assert "No events match" not in page
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older is not None
    assert "test happened" in shown(maya.page(unescape(older[1])))


def test_a_person_is_found_by_every_name(maya: Operator, devon: Operator) -> None:
    for text in ("devon", "Devon Reyes", "devon@example.org"):
        page = shown(maya.page(f"/admin/audit?q={text}"))
        assert "devon signed in" in page, text
        assert "maya signed in" not in page, text


def test_a_period_can_be_said_to_the_second(maya: Operator, clock: MovableClock) -> None:
    tell(maya.portal, Happened(touched=(Ref("role", new_id(), "first"),)))
    between = clock.advance(minutes=1)
    clock.advance(minutes=1)
    tell(maya.portal, Happened(touched=(Ref("role", new_id(), "second"),)))
    moment = between.isoformat(timespec="seconds").replace("+00:00", "")
    assert "1 event From " in shown(maya.page(f"/admin/audit?q=second&since={moment}"))
    assert "No events match" in maya.page(f"/admin/audit?q=second&until={moment}")
    assert "first" in shown(maya.page(f"/admin/audit?q=first&until={moment}Z"))


def test_a_permalink_has_absolute_times(maya: Operator, clock: MovableClock) -> None:
    edit_an_app(maya)
    link = re.search(
        r'href="([^"]+)"[^>]*>\s*<svg[^>]*><use[^>]*></svg> Permalink',
        maya.page("/admin/audit?q=req_edit&period=7"),
    )
    assert link is not None
    address = unescape(link[1])
    assert "period" not in address
    clock.advance(hours=1)
    tell(maya.portal, Happened(touched=(Ref("role", new_id(), "req_edit"),)))
    assert "2 events" in shown(maya.page(address))  # and not the one that came later


def test_what_is_no_moment_or_address_is_said_and_left_out(maya: Operator) -> None:
    for query, words in (
        ("since=yesterday", "Enter a date and time like"),
        ("ip=203.0.113", "Enter a whole IP address"),
    ):
        answer = maya.get(f"/admin/audit?{query}")
        assert answer.status_code == 422
        assert words in answer.text
        assert query.partition("=")[2] in answer.text
        assert "maya signed in" in shown(answer.text)
