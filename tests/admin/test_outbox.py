"""Mail in the outbox: who sees that it went, who may read it, and that reading leaves a trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.admin.outbox import PURPOSES, links_in
from portal.infra.actor import CLI
from portal.infra.crypto.sealing import Sealer
from portal.infra.ids import new_id
from portal.infra.letters import TEMPLATES
from portal.infra.outbox import OutboxMessage
from tests.admin.conftest import Operator, shown
from tests.support.history import history

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def mail(
    portal: Portal, to: str = "devon@example.org", *, link: str = "http://localhost/recover/mlt_secret"
) -> str:
    """The path of a mail that was just written."""
    with portal.unit_of_work(CLI) as uow:
        context = {"link": link, "expires_minutes": 30, "ip": "203.0.113.9", "browser": "<b>Firefox</b>"}
        portal.ports.letters.send(uow, "recover_password", to=to, context=context)
        uow.session.flush()
        message = uow.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert message is not None
        return f"/admin/outbox/{message.id}"


def test_mails_are_listed_with_what_became_of_them(
    portal: Portal, maya: Operator, deliver: Callable[[], int]
) -> None:
    mail(portal)
    assert "devon@example.org Link for a new password Waiting" in shown(maya.page("/admin/outbox"))
    deliver()
    assert "devon@example.org Link for a new password Sent" in shown(maya.page("/admin/outbox"))
    assert "devon@example.org" in maya.page("/admin/outbox?state=delivered")
    assert "devon@example.org" not in maya.page("/admin/outbox?state=waiting")
    assert "No mail here" in maya.page("/admin/outbox?state=failed")


@pytest.mark.settings(smtp_url=None)
def test_without_a_mail_server_the_page_says_so(portal: Portal, maya: Operator) -> None:
    assert "No mail server" in maya.page("/admin/outbox")
    assert "No mail server" in maya.page("/admin")


def test_a_code_is_never_in_the_list(portal: Portal, maya: Operator) -> None:
    with portal.unit_of_work(CLI) as uow:
        context = {"code": "482193", "link": None, "expires_minutes": 30}
        portal.ports.letters.send(uow, "verify_email", to="rosa@example.org", context=context)
    page = maya.page("/admin/outbox")
    assert "Code for a new account" in page
    assert "482" not in shown(page)


def test_the_mail_is_shown_with_its_link_and_the_reader_is_remembered(portal: Portal, maya: Operator) -> None:
    path = mail(portal)
    page = maya.page(path)
    assert 'href="http://localhost/recover/mlt_secret"' in page
    assert "It works once, for 30 minutes" in page
    assert "<b>Firefox</b>" not in page
    assert "&lt;!doctype html&gt;" in page.lower()
    (entry,) = history(portal, "mail.read")
    assert (entry.actor_label, entry.resource_label) == ("maya", "devon@example.org")
    assert "mlt_secret" not in repr((entry.details, entry.before_state, entry.after_state))
    assert "maya read a mail to devon@example.org" in shown(maya.page("/admin/audit"))


def test_an_auditor_sees_that_it_went_but_may_not_read_it(portal: Portal, audrey: Operator) -> None:
    path = mail(portal)
    page = audrey.page("/admin/outbox")
    assert "devon@example.org" in page
    assert path not in page
    assert audrey.get(path).status_code == 403
    assert history(portal, "mail.read") == []


def test_a_mail_under_another_key_is_told_so(portal: Portal, maya: Operator) -> None:
    path = mail(portal)
    with portal.unit_of_work(CLI) as uow:
        message = uow.session.scalars(select(OutboxMessage)).one()
        message.payload = message.payload | {"sealed": Sealer.of(b"k" * 32).seal(b"x", "elsewhere")}
    answer = maya.get(path)
    assert answer.status_code == 409
    assert "PORTAL_MASTER_KEY" in answer.text


def test_only_mail_is_there_to_be_read(portal: Portal, maya: Operator) -> None:
    with portal.unit_of_work(CLI) as uow:
        other = uow.enqueue("recovery_mail", {"email": "devon@example.org", "flow_id": None}).id
    assert maya.get(f"/admin/outbox/{other}").status_code == 404
    assert "devon@example.org" not in maya.page("/admin/outbox")
    for path in (new_id(), "0", "%00"):
        assert maya.get(f"/admin/outbox/{path}").status_code == 404


def test_older_mails_are_on_older_pages(portal: Portal, maya: Operator) -> None:
    for number in range(27):
        mail(portal, f"person{number:02}@example.org")
    first = maya.page("/admin/outbox")
    assert "person26@" in first
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older is not None
    assert "person01@" in maya.page(older[1])


def test_only_links_to_the_portal_become_links() -> None:
    text = "Open http://localhost/recover/abc. Not https://evil.example/x or http://localhost.evil/x or javascript:x"
    assert links_in(text, base_url="http://localhost") == ["http://localhost/recover/abc"]


def test_every_kind_of_mail_is_named() -> None:
    templates = {path.stem for path in TEMPLATES.glob("email/*.txt")}
    assert templates - {"layout"} == PURPOSES.keys()
