"""Guards: what they know of a request, what they say, and that each no can be looked up."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from portal.access.errors import PermissionMissing, RefusalNotFound
from portal.access.repository import Resources
from portal.access.rules.decisions import Reason
from portal.access.schemas import CreateRole, GiveRole, PermissionWish, SetPermissions
from portal.access.services.refusals import refusal
from portal.access.usecases.assignments import give_role, take_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.audit.repository import AuditEntries, AuditFilter
from portal.http.problems import _domain_error
from portal.infra.actor import CLI
from portal.infra.ids import new_id
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.audit.repository import Entry
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]
    VisitorAs = Callable[[User], FlaskClient]

OFFICE = {"REMOTE_ADDR": "10.1.2.3"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.9"}


@pytest.fixture
def devon(add_person: AddPerson) -> User:
    return add_person("devon@example.org", name="Devon Reyes")


def give(portal: Portal, person: User, conditions: dict[str, Any] | None = None, **form: Any) -> UUID:  # noqa: ANN401
    """A role that permits reading users under these conditions."""
    with portal.unit_of_work(CLI) as uow:
        role = create_role(uow, CreateRole(name="reader"))
        users = Resources(uow.session).by_name("user")
        assert users is not None
        wish = PermissionWish(resource_id=users.id, action="read", conditions=conditions)
        set_permissions(uow, role.id, SetPermissions(permissions=(wish,)))
        give_role(uow, person.id, GiveRole(role_id=role.id, **form))
        return role.id


def refusals(portal: Portal) -> list[Entry]:
    with portal.reading() as session:
        return list(AuditEntries(session).page(AuditFilter(actions=("access.refused",))).items)


def reference_on(page: str) -> str:
    found = re.search(r"req_[0-9a-f]{20}", page)
    assert found is not None
    return found[0]


def test_a_no_says_what_was_missing_and_under_which_reference(
    portal: Portal, devon: User, visitor_as: VisitorAs
) -> None:
    answer = visitor_as(devon).get("/admin/users")
    assert answer.status_code == 403
    assert "no permission for user:read" in answer.text
    reference = reference_on(answer.text)
    assert reference == answer.headers["X-Request-ID"]
    with portal.reading() as session:
        kept = refusal(session, reference)
    assert (kept.decision.reason, kept.decision.permitted) == (Reason.NO_ROLE, False)
    assert (kept.decision.asked.user_id, kept.decision.asked.ip) == (str(devon.id), "127.0.0.1")
    assert {remedy.role for remedy in kept.decision.remedies} == {"administrator", "auditor"}
    assert f"/account/access/explain?reference={reference}" in answer.text
    assert f"/account/requests/new?reference={reference}" in answer.text


def test_the_entry_names_who_and_what_and_is_a_failure(
    portal: Portal, devon: User, visitor_as: VisitorAs
) -> None:
    visitor_as(devon).get("/admin/users")
    (entry,) = refusals(portal)
    assert (entry.outcome, entry.user_id, entry.actor_id) == ("failure", devon.id, devon.id)
    assert [(one.resource_type, one.resource_label) for one in entry.subjects] == [
        ("user", "devon"),
        ("resource", "user"),
    ]
    assert (entry.details["permission"], entry.reason) == ("user:read", "no_role")


def test_a_loop_fills_no_log(portal: Portal, devon: User, visitor_as: VisitorAs, clock: MovableClock) -> None:
    browser = visitor_as(devon)
    pages = [browser.get("/admin/users").text for _ in range(20)]
    assert len(refusals(portal)) == 1
    assert len({reference_on(page) for page in pages}) == 1
    browser.get("/admin/audit")
    assert len(refusals(portal)) == 2


def test_another_minute_is_another_entry(portal: Portal, devon: User, visitor_as: VisitorAs) -> None:
    browser = visitor_as(devon)
    browser.get("/admin/users")
    portal.ports.cache.delete_prefix("refusal:")
    browser.get("/admin/users")
    assert len(refusals(portal)) == 2


def test_a_condition_on_the_network_opens_only_from_there(
    portal: Portal, devon: User, visitor_as: VisitorAs
) -> None:
    give(portal, devon, {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]})
    browser = visitor_as(devon)
    assert browser.get("/admin/users", environ_overrides=OFFICE).status_code == 200
    refused = browser.get("/admin/users", environ_overrides=ELSEWHERE)
    assert refused.status_code == 403
    assert "does not hold under these circumstances" in refused.text
    with portal.reading() as session:
        kept = refusal(session, reference_on(refused.text))
    (comparison,) = kept.decision.considered[0].comparisons
    assert (comparison.actual, comparison.expected, comparison.held) == ("192.0.2.9", ["10.0.0.0/8"], False)


def test_no_header_speaks_for_an_address(portal: Portal, devon: User, visitor_as: VisitorAs) -> None:
    """CVE class C-1: without a proxy that is trusted, nobody's word for it counts."""
    give(portal, devon, {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]})
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        answer = visitor_as(devon).get(
            "/admin/users", headers={header: "10.1.2.3"}, environ_overrides=ELSEWHERE
        )
        assert answer.status_code == 403


@pytest.mark.settings(trusted_proxy_hops=1)
def test_a_trusted_proxy_speaks_for_the_visitor(portal: Portal, devon: User, visitor_as: VisitorAs) -> None:
    give(portal, devon, {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]})
    browser = visitor_as(devon)
    forged = {"X-Forwarded-For": "10.1.2.3, 192.0.2.9"}
    assert browser.get("/admin/users", headers={"X-Forwarded-For": "10.1.2.3"}).status_code == 200
    assert browser.get("/admin/users", headers=forged).status_code == 403


def test_a_condition_on_the_sign_in_asks_for_a_fresh_one(
    portal: Portal, devon: User, visitor_as: VisitorAs, clock: MovableClock
) -> None:
    give(portal, devon, {"attribute": "context.auth_age_seconds", "operator": "less", "value": 600})
    browser = visitor_as(devon)
    assert browser.get("/admin/users").status_code == 200
    clock.advance(minutes=10)
    assert browser.get("/admin/users").status_code == 403


def test_a_role_ends_in_the_middle_of_a_session(
    portal: Portal, devon: User, visitor_as: VisitorAs, clock: MovableClock
) -> None:
    give(portal, devon, expires_at=clock.now() + timedelta(minutes=5))
    browser = visitor_as(devon)
    assert browser.get("/admin/users").status_code == 200
    clock.advance(minutes=5)
    refused = browser.get("/admin/users")
    assert "has ended" in refused.text
    assert refused.status_code == 403


def test_what_is_taken_is_gone_at_the_next_request(
    portal: Portal, devon: User, visitor_as: VisitorAs
) -> None:
    role_id = give(portal, devon)
    browser = visitor_as(devon)
    assert browser.get("/admin/users").status_code == 200
    with portal.unit_of_work(CLI) as uow:
        take_role(uow, devon.id, role_id)
    assert browser.get("/admin/users").status_code == 403


def test_a_request_of_somebody_signed_in_costs_one_statement(
    portal: Portal, devon: User, visitor_as: VisitorAs
) -> None:
    """What was compiled is kept; the session brings along whether it still holds."""
    browser = visitor_as(devon)
    browser.get("/account/profile")
    with statements(portal.engine) as asked:
        assert browser.get("/account/security").status_code == 200
    about_access = [text for text in asked if "access_epochs" in text or "permissions" in text]
    assert len(about_access) == 1, asked
    assert "sessions" in about_access[0]


def test_buttons_follow_the_same_answer_as_guards(portal: Portal, devon: User, visitor_as: VisitorAs) -> None:
    give(portal, devon, {"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]})
    browser = visitor_as(devon)
    assert "Admin console" in browser.get("/account", environ_overrides=OFFICE).text
    assert "Admin console" not in browser.get("/account", environ_overrides=ELSEWHERE).text
    assert browser.get("/admin/audit", environ_overrides=OFFICE).status_code == 403


def test_nobody_finds_what_was_never_refused(portal: Portal, devon: User, visitor_as: VisitorAs) -> None:
    visitor_as(devon).get("/admin/users")
    with portal.reading() as session:
        reference = refusals(portal)[0].request_id or ""
        assert refusal(session, reference, of=devon.id).reference == reference
        for wrong in ("", "req_", reference[:-1], reference + "0", reference.upper(), "x" * 5000):
            with pytest.raises(RefusalNotFound):
                refusal(session, wrong)
        with pytest.raises(RefusalNotFound):
            refusal(session, reference, of=new_id())


def test_an_app_is_told_the_same_in_json(portal: Portal, devon: User, visitor_as: VisitorAs) -> None:
    """The trace is that of the answer itself, by contract; the reasons lie where they were kept first."""
    browser = visitor_as(devon)
    with browser.application.test_request_context("/api/v1/users"):
        answer = _domain_error(PermissionMissing("No permission for user:read.", reference="req_1"))
    assert answer.status_code == 403
    assert answer.get_json()["message"] == "No permission for user:read. The reasons are kept under req_1."
    assert answer.get_json()["error"] == "permission_missing"
