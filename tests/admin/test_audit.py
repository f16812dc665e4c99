"""The audit log as operators read it."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

from markupsafe import escape

from portal.audit.repository import AuditEntries, AuditFilter, EntryToken
from portal.audit.usecases.erasure import erase_person
from portal.clients.schemas import EditClient, RegisterClient
from portal.clients.usecases import edit_client, register_client
from portal.infra.actor import Actor, TokenUsed
from portal.infra.events import Event, Ref
from portal.infra.ids import new_id
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from uuid import UUID

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock


class Happened(Event):
    """Anything."""

    label = "test.happened"


def edit_an_app(operator: Operator) -> UUID:
    """An app that was registered and edited by this operator."""
    actor = Actor(
        kind="user",
        id=operator.person.id,
        label=operator.person.username,
        ip="203.0.113.9",
        request_id="req_edit",
    )
    before = RegisterClient(client_name="Kestrel CI", kind="web", redirect_uris=["https://a.example/cb"])
    after = EditClient(client_name="Kestrel", redirect_uris=["https://a.example/cb", "https://b.example/cb"])
    with operator.portal.unit_of_work(actor) as uow:
        client = register_client(uow, before).client
    with operator.portal.unit_of_work(actor) as uow:
        edit_client(uow, client.id, after)
    return client.id


def tell(portal: Portal, happened: Event, *, label: str = "maya") -> None:
    with portal.unit_of_work(Actor(kind="user", id=new_id(), label=label)) as uow:
        uow.publish(happened)


def test_what_changed_is_shown_before_and_after(maya: Operator) -> None:
    edit_an_app(maya)
    page = maya.page("/admin/audit?q=req_edit")
    text = shown(page)
    assert "2 events" in text
    assert "maya changed settings of Kestrel" in text
    assert "maya registered the app Kestrel CI" in text
    assert '<del class="is-danger">Kestrel CI</del>' in page
    assert '<ins class="is-success">Kestrel</ins>' in page
    assert re.search(r"<code>https://a\.example/cb</code>\s*<ins[^>]*>https://b\.example/cb</ins>", page)
    assert "203.0.113.9" in text


def test_every_entry_has_an_address_of_its_own(maya: Operator) -> None:
    edit_an_app(maya)
    found = re.search(r'href="(/admin/audit/[0-9a-f-]{36})"', maya.page("/admin/audit?q=req_edit"))
    assert found is not None
    page = maya.page(found[1])
    assert "maya changed settings of Kestrel" in shown(page)
    raw = re.search(r'<code id="entry-json">(.*?)</code>', page, re.DOTALL)
    assert raw is not None
    entry = json.loads(unescape(raw[1]))
    assert entry["action"] == "client.edited"
    assert entry["before"]["client_name"] == "Kestrel CI"
    assert [row["type"] for row in entry["touched"]] == ["client"]


def test_the_filters_are_links_and_fields(maya: Operator, devon: Operator) -> None:
    client = edit_an_app(maya)
    assert "registered the app" in shown(maya.page("/admin/audit?kind=apps"))
    assert "No events match these filters" in maya.page("/admin/audit?kind=apps&outcome=failure")
    about = maya.page(f"/admin/audit?subject={client}")
    assert "2 events About Kestrel" in shown(about)
    assert "Remove filter About Kestrel" in about
    by = shown(maya.page(f"/admin/audit?actor={maya.person.id}&period=7"))
    assert "Done by maya" in by
    assert "devon" not in by
    assert "Nobody" not in by


def test_one_session_can_be_followed(maya: Operator, portal: Portal) -> None:
    with portal.reading() as session:
        entry = next(one for one in AuditEntries(session).page().items if one.session_id is not None)
    page = maya.page(f"/admin/audit?session={entry.session_id}")
    assert "maya signed in" in shown(page)
    assert "One session" in shown(page)


def test_a_filter_by_htmx_brings_only_the_results(maya: Operator) -> None:
    edit_an_app(maya)
    answer = maya.get("/admin/audit?kind=apps", headers={"HX-Request": "true"})
    assert answer.text.count('id="results"') == 1
    assert "<html" not in answer.text
    assert "2 events" in shown(answer.text)


def test_older_entries_are_on_older_pages(maya: Operator, clock: MovableClock) -> None:
    for number in range(30):
        tell(maya.portal, Happened(touched=(Ref("user", new_id(), f"person {number:02}"),)))
        clock.advance(seconds=1)
    first = maya.page("/admin/audit")
    assert "test happened" in shown(first)
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    second = maya.page(unescape(older[1]))
    newer = re.search(r'href="([^"]+)" rel="prev"', second)
    assert newer is not None
    assert 'rel="next"' in maya.page(unescape(newer[1]))


def test_the_chart_says_what_it_shows(maya: Operator, clock: MovableClock) -> None:
    page = maya.page("/admin/audit")
    assert re.search(r'role="img" aria-label="\d+ events in 30 days, most on \d+ \w+ \(\d+\)\.', page)
    assert page.count('<tr><th scope="row">') >= 30


def test_what_cannot_be_read_is_not_found(maya: Operator) -> None:
    for query in ("actor=x", "subject=%00", "session=1", "before=x", "after=..", "subject=0000-000g"):
        assert maya.get(f"/admin/audit?{query}").status_code == 404, query
    for entry in (NOBODYS_ID, "0", "x" * 200, "%00"):
        assert maya.get(f"/admin/audit/{entry}").status_code == 404, entry


def test_odd_filters_are_answered(maya: Operator) -> None:
    for query in (
        "kind=nothing&outcome=maybe&period=-1",
        "q=%00%ff'%22;--",
        "q=" + "x" * 5000,
        "q=%25_%5C",
        "kind=apps&kind=people",
        f"before={NOBODYS_ID}",
        "period=365&q=maya&outcome=success&kind=sign-ins",
    ):
        assert maya.get(f"/admin/audit?{query}").status_code == 200, query


def test_hostile_words_are_only_text(maya: Operator) -> None:
    for name in HOSTILE:
        happened = Happened(
            touched=(Ref("user", new_id(), name),), before={name: name}, after={name: [name]}, reason=name
        )
        tell(maya.portal, happened, label=name)
        with maya.portal.reading() as session:
            entry = AuditEntries(session).page(size=1).items[0]
        assert str(escape(name)) in maya.page(f"/admin/audit/{entry.id}")
        for page in ("/admin/audit", f"/admin/audit/{entry.id}", "/admin"):
            text = maya.page(page)
            assert "<script>alert" not in text
            assert "<img src=x>" not in text
            assert "' onload='" not in text
            assert "</pre><b>" not in text


def test_an_auditor_reads_the_log_and_others_do_not(audrey: Operator, devon: Operator) -> None:
    assert "signed in" in shown(audrey.page("/admin/audit"))
    assert devon.get("/admin/audit").status_code == 403


def test_a_page_costs_few_statements(maya: Operator) -> None:
    for number in range(20):
        tell(maya.portal, Happened(touched=(Ref("user", new_id(), f"person {number:02}"),)))
    maya.page("/admin/audit")
    with statements(maya.portal.engine) as asked:
        maya.page("/admin/audit")
    assert len(asked) <= 13


def test_an_entry_names_the_token_and_leads_to_all_that_was_done_with_it(maya: Operator) -> None:
    token = TokenUsed(kind="personal_token", id=new_id(), name="Nightly <b>sync</b>")
    person = maya.person
    script = Actor(kind="user", id=person.id, label=person.username, request_id="req_by_script", token=token)
    for actor in (script, Actor(kind="user", id=person.id, label=person.username)):
        with maya.portal.unit_of_work(actor) as uow:
            uow.publish(Happened(touched=(person.ref,)))
    with maya.portal.reading() as session:
        (entry,) = AuditEntries(session).page(AuditFilter(subject_id=token.id)).items
    assert (entry.request_id, [row.resource_type for row in entry.subjects]) == ("req_by_script", ["user"])
    detail = maya.page(f"/admin/audit/{entry.id}")
    assert "Personal access token “Nightly &lt;b&gt;sync&lt;/b&gt;”" in detail
    assert f"/admin/audit?subject={token.id}" in detail
    assert "By or about: Personal access token" in maya.page(f"/admin/audit?subject={token.id}")


def test_of_an_erased_person_only_the_id_of_their_token_is_left(maya: Operator) -> None:
    token = TokenUsed(kind="personal_token", id=new_id(), name="My own")
    gone = new_id()
    with maya.portal.unit_of_work(Actor(kind="user", id=gone, label="devon", token=token)) as uow:
        uow.publish(Happened(touched=()))
    with maya.portal.unit_of_work(Actor(kind="system")) as uow:
        erase_person(uow, gone)
    with maya.portal.reading() as session:
        (entry,) = AuditEntries(session).page(AuditFilter(subject_id=token.id)).items
    assert entry.token == EntryToken(id=token.id)
    assert f"Token {token.id}" in maya.page(f"/admin/audit/{entry.id}")
