"""The queue of requests: for operators all of it, for owners of roles and administrators of groups their own part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from portal.access.usecases.roles import delete_role
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from tests.access.asking import Asking, kept, roles_of
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.access.models import AccessRequest, Role
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from portal.infra.events import Ref
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]
    VisitorAs = Callable[[User], object]

QUEUE = "/admin/requests"


@pytest.fixture
def rosa(add_person: AddPerson) -> User:
    """Who asks."""
    return add_person("rosa@example.org", name="Rosa Diaz")


@pytest.fixture
def asking(portal: Portal) -> Asking:
    """Short ways to make roles, and to ask."""
    return Asking(portal)


@pytest.fixture
def on_call(asking: Asking, devon: Operator) -> Role:
    """A role that Devon owns, who may do nothing else."""
    return asking.role(owner=devon.person)


def answer(operator: Operator, request: AccessRequest, which: str, **fields: str) -> int:
    path = f"{QUEUE}/{request.id}"
    prefix = "yes-" if which == "approve" else "no-"
    sent = {f"{prefix}{name}": value for name, value in fields.items()}
    return operator.send(f"{path}/{which}", sent, seen_on=path).status_code


def test_an_owner_reaches_their_queue_without_any_permission(
    asking: Asking, portal: Portal, devon: Operator, rosa: User, on_call: Role, clock: MovableClock
) -> None:
    mine = asking.ask(rosa, on_call)
    asking.ask(rosa, asking.role("Another"))
    listed = shown(devon.page(QUEUE))
    assert "on call" in listed
    assert "Another" not in listed
    detail = shown(devon.page(f"{QUEUE}/{mine.id}"))
    assert "On call this week" in detail
    assert answer(devon, mine, "approve", until="2031-12-24", note="Welcome") == 303
    assert kept(portal, mine).state == "approved"
    assert "on call" in roles_of(portal, rosa, clock)


def test_what_is_no_affair_of_theirs_is_not_there(
    asking: Asking, portal: Portal, devon: Operator, rosa: User, on_call: Role
) -> None:
    asking.ask(rosa, on_call)
    other = asking.ask(rosa, asking.role("Another"))
    missing = devon.get(f"{QUEUE}/{NOBODYS_ID}")
    foreign = devon.get(f"{QUEUE}/{other.id}")
    assert (missing.status_code, foreign.status_code) == (404, 404)
    for which in ("approve", "refuse"):
        sent = devon.send(f"{QUEUE}/{other.id}/{which}", {"no-note": "No"}, seen_on="/account/profile")
        assert sent.status_code == 404
    assert kept(portal, other).state == "open"


def test_who_looks_after_nothing_is_refused(
    asking: Asking, portal: Portal, devon: Operator, rosa: User
) -> None:
    request = asking.ask(rosa, asking.role("Another"))
    for path in (QUEUE, f"{QUEUE}/{request.id}"):
        assert devon.get(path).status_code == 403
    sent = devon.send(f"{QUEUE}/{request.id}/approve", seen_on="/account/profile")
    assert sent.status_code == 403


def test_an_auditor_reads_and_does_not_answer(
    asking: Asking, portal: Portal, audrey: Operator, rosa: User, on_call: Role
) -> None:
    request = asking.ask(rosa, on_call)
    detail = audrey.page(f"{QUEUE}/{request.id}")
    assert "On call this week" in shown(detail)
    assert "/approve" not in detail
    for which in ("approve", "refuse"):
        sent = audrey.send(f"{QUEUE}/{request.id}/{which}", {"no-note": "No"}, seen_on="/account/profile")
        assert sent.status_code == 403
    assert kept(portal, request).state == "open"


def test_a_refusal_needs_a_reason(
    asking: Asking, portal: Portal, maya: Operator, rosa: User, on_call: Role
) -> None:
    request = asking.ask(rosa, on_call)
    path = f"{QUEUE}/{request.id}"
    page = maya.send(f"{path}/refuse", {"no-note": " "}, seen_on=path)
    assert page.status_code == 422
    assert "Enter a reason" in shown(page.text)
    assert answer(maya, request, "refuse", note="Ask your lead") == 303
    assert kept(portal, request).state == "refused"
    assert "Ask your lead" in shown(maya.page(path))


def test_bad_dates_are_said_and_nothing_is_given(
    asking: Asking, portal: Portal, maya: Operator, rosa: User, on_call: Role, clock: MovableClock
) -> None:
    request = asking.ask(rosa, on_call)
    for until in ("2001-01-01", "soon", "9999-12-31"):
        assert answer(maya, request, "approve", until=until) == 422, until
    assert "on call" not in roles_of(portal, rosa, clock)


def test_who_comes_second_is_told(
    asking: Asking, portal: Portal, maya: Operator, devon: Operator, rosa: User, on_call: Role
) -> None:
    request = asking.ask(rosa, on_call)
    path = f"{QUEUE}/{request.id}"
    page = maya.page(path)
    assert answer(devon, request, "refuse", note="No") == 303
    sent = maya.send(f"{path}/approve", seen_on=QUEUE)
    assert (sent.status_code, sent.headers["Location"]) == (303, path)
    assert "This request was refused meanwhile" in maya.page(path)
    assert "/approve" in page


def test_the_form_offers_what_was_wished(
    asking: Asking, portal: Portal, maya: Operator, rosa: User, on_call: Role
) -> None:
    request = asking.ask(rosa, on_call, until="2031-12-24")
    assert 'value="2031-12-24"' in maya.page(f"{QUEUE}/{request.id}")


def test_what_lapsed_says_so(
    asking: Asking, portal: Portal, maya: Operator, add_person: AddPerson, rosa: User, on_call: Role
) -> None:
    first = asking.ask(rosa, on_call)
    second = asking.ask(add_person("sam@example.org"), asking.role("Another"))
    with portal.unit_of_work(SYSTEM) as uow:
        delete_role(uow, on_call.id)
        disable_user(uow, second.user_id, DisableUser(reason="Left"))
    assert "The role is gone" in shown(maya.page(f"{QUEUE}/{first.id}"))
    assert "This account is disabled" in shown(maya.page(f"{QUEUE}/{second.id}"))
    assert "/approve" not in maya.page(f"{QUEUE}/{first.id}")


def test_an_app_is_opened_by_the_role_that_was_chosen(
    asking: Asking,
    portal: Portal,
    maya: Operator,
    devon: Operator,
    rosa: User,
    on_call: Role,
    clock: MovableClock,
) -> None:
    other = asking.role("Ledger admins")
    request = asking.ask_app(rosa, closed_app(portal, on_call, other), (on_call.ref, other.ref))
    assert "Ledger" in shown(devon.page(QUEUE))  # a role of theirs opens it
    assert answer(maya, request, "approve") == 422
    assert answer(devon, request, "approve", give=f"role:{other.id}") == 422
    assert answer(maya, request, "approve", give=f"role:{other.id}") == 303
    assert (
        ("Ledger admins" in roles_of(portal, rosa, clock)),
        ("on call" in roles_of(portal, rosa, clock)),
    ) == (
        True,
        False,
    )


def closed_app(portal: Portal, *roles: Role) -> Ref:
    wish = {
        "client_name": "Ledger", "kind": "web", "audience": "roles", "role_ids": [one.id for one in roles],
        "redirect_uris": ["https://ledger.example.org/callback"],
    }  # fmt: skip
    with portal.unit_of_work(SYSTEM) as uow:
        return register_client(uow, RegisterClient.model_validate(wish)).client.ref


def test_the_number_beside_the_menu_follows_at_once(
    asking: Asking, portal: Portal, maya: Operator, devon: Operator, rosa: User, on_call: Role
) -> None:
    request = asking.ask(rosa, on_call)
    assert (badge(maya), badge(devon)) == ("1", "1")
    asking.ask(rosa, asking.role("Another"))
    assert (badge(maya), badge(devon)) == ("2", "1")
    answer(devon, request, "refuse", note="No")
    assert (badge(maya), badge(devon)) == ("1", "")


def badge(operator: Operator) -> str:
    link = operator.page(QUEUE).partition('<a href="/admin/requests"')[2].partition("</a>")[0]
    return link.partition('class="count">')[2].partition("<")[0]


def test_filters_find_who_asks_and_for_what(
    asking: Asking, portal: Portal, maya: Operator, rosa: User, on_call: Role
) -> None:
    asking.ask(rosa, on_call)
    for query, is_found in (
        ("q=rosa", True),
        ("q=CALL", True),
        ("q=nothing", False),
        ("state=answered", False),
    ):
        assert ("Rosa Diaz" in shown(maya.page(f"{QUEUE}?{query}"))) == is_found, query
    assert maya.get(f"{QUEUE}?before=x").status_code == 404


def test_hostile_reasons_are_only_text(
    asking: Asking, portal: Portal, maya: Operator, add_person: AddPerson, on_call: Role
) -> None:
    for number, text in enumerate(HOSTILE):
        person = add_person(f"eve{number}@example.org", name=text)
        request = asking.ask(person, on_call, reason=text)
        for path in (QUEUE, f"{QUEUE}/{request.id}"):
            page = maya.page(path)
            assert "<script>alert" not in page
            assert "<img src=x>" not in page


def test_the_queue_costs_few_statements(
    asking: Asking, portal: Portal, maya: Operator, add_person: AddPerson, on_call: Role
) -> None:
    requests = [asking.ask(add_person(f"p{number}@example.org"), on_call) for number in range(5)]
    maya.page(QUEUE)
    for path, most in ((QUEUE, 8), (f"{QUEUE}/{requests[0].id}", 16)):
        with statements(portal.engine) as sent:
            maya.page(path)
        assert len(sent) <= most, (path, sent)
