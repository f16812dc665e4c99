"""A person's own requests: what there is to ask for, the form, the list, and the way from a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from portal.access.models import AccessRequest, Resource
from portal.access.repository.requests import AccessRequests
from portal.access.schemas import CreateGroup, CreateRole, PermissionWish, SetPermissions
from portal.access.services.giving import give_role_to
from portal.access.usecases.groups import create_group
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal.access.models import Role
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from portal.clients.models import Client

    AddPerson = Callable[..., User]
    VisitorAs = Callable[[User], FlaskClient]

NEW = "/account/requests/new"


@pytest.fixture
def rosa(add_person: AddPerson) -> User:
    return add_person("rosa@example.org", name="Rosa Diaz")


@pytest.fixture
def browser(rosa: User, visitor_as: VisitorAs) -> FlaskClient:
    """Rosa's."""
    return visitor_as(rosa)


@pytest.fixture
def role(portal: Portal) -> Role:
    with portal.unit_of_work(SYSTEM) as uow:
        return create_role(uow, CreateRole(name="On call", description="At night", is_requestable=True))


def send(browser: FlaskClient, path: str = NEW, **fields: str) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/account/profile").text)
    assert token is not None
    return browser.post(path, data={**fields, "csrf_token": token[1]})


def asked(portal: Portal, person: User) -> list[AccessRequest]:
    with portal.reading() as session:
        return AccessRequests(session).page(by=person.id).items


def words(page: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text.partition("<main")[2])).split())


def app_for(portal: Portal, role: Role | None = None, *, name: str = "Ledger", kind: str = "web") -> Client:
    wish = {
        "client_name": name, "kind": kind, "audience": "roles", "role_ids": [role.id] if role else [],
        "redirect_uris": [] if kind == "service" else ["https://ledger.example.org/callback"],
    }  # fmt: skip
    with portal.unit_of_work(SYSTEM) as uow:
        return register_client(uow, RegisterClient.model_validate(wish)).client


def test_the_list_shows_what_is_open_to_requests_and_not_theirs_yet(
    portal: Portal, browser: FlaskClient, rosa: User, role: Role
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        create_role(uow, CreateRole(name="Hidden role"))
        held = create_role(uow, CreateRole(name="Held role", is_requestable=True))
        give_role_to(uow, rosa.ref, held)
        create_group(uow, CreateGroup(name="Platform", is_requestable=True))
        create_group(uow, CreateGroup(name="Hidden group"))
    app_for(portal, role)
    app_for(portal, held, name="Open to her")
    app_for(portal, name="Nobody could answer")
    app_for(portal, role, name="Only a program", kind="service")
    shown = words(browser.get(NEW))
    assert all(name in shown for name in ("On call", "Platform", "Ledger"))
    assert not any(name in shown for name in ("Hidden", "Held", "Open to her", "Nobody", "program"))
    found = words(browser.get(f"{NEW}?q=plat"))
    assert "Platform" in found
    assert "On call" not in found


def test_a_request_is_sent_and_listed(portal: Portal, browser: FlaskClient, rosa: User, role: Role) -> None:
    page = words(browser.get(f"{NEW}?thing=role:{role.id}"))
    assert "On call" in page
    answer = send(browser, thing=f"role:{role.id}", reason="Night shifts", wished_until="2031-12-24")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/requests")
    (request,) = asked(portal, rosa)
    assert (request.target_label, request.reason, request.state) == ("On call", "Night shifts", "open")
    listed = words(browser.get("/account/requests"))
    assert all(
        words in listed for words in ("Waiting", "24 Dec 2031", "Night shifts", "You asked for On call")
    )
    assert "Asked" in words(browser.get(NEW))


def test_bad_input_is_said_at_its_field_and_nothing_is_lost(
    portal: Portal, browser: FlaskClient, rosa: User, role: Role
) -> None:
    answer = send(browser, thing=f"role:{role.id}", reason="", wished_until="2001-01-01")
    page = words(answer)
    assert answer.status_code == 422
    assert "There are 2 things to fix" in page
    assert "Enter a day that is still to come" in page
    assert f'value="role:{role.id}"' in answer.text
    assert 'value="2001-01-01"' in answer.text
    for target in ("role:nonsense", "nonsense", "user:0190", ""):
        answer = send(browser, thing=target, reason="Kept")
        assert answer.status_code == 422, target
        assert "Kept" in answer.text
    assert asked(portal, rosa) == []


def test_what_cannot_be_asked_for_looks_like_what_is_not_there(
    portal: Portal, browser: FlaskClient, rosa: User
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        hidden = create_role(uow, CreateRole(name="Hidden role"))
    for target in (f"role:{hidden.id}", "role:01890a5d-ac96-774b-bcce-b302099a8057", "nonsense"):
        assert browser.get(f"{NEW}?thing={target}").status_code == 404, target
        answer = send(browser, thing=target, reason="Please")
        assert answer.status_code == 422
        assert "Hidden role" not in answer.text


def test_asking_twice_is_said(browser: FlaskClient, role: Role) -> None:
    send(browser, thing=f"role:{role.id}", reason="Night shifts")
    answer = send(browser, thing=f"role:{role.id}", reason="Again")
    assert answer.status_code == 422
    assert "the answer is still to come" in words(answer)


def test_an_app_that_turned_somebody_away_leads_to_its_form(
    portal: Portal, browser: FlaskClient, rosa: User, role: Role
) -> None:
    app = app_for(portal, role)
    for client in (app.id, app.client_id):
        assert f'value="client:{app.id}"' in browser.get(f"{NEW}?client={client}").text
    send(browser, thing=f"client:{app.id}", reason="Reports")
    (request,) = asked(portal, rosa)
    assert (request.target_type, request.target_label) == ("client", "Ledger")
    assert "Nothing you can ask for" in words(browser.get(f"{NEW}?client=nothing"))


def test_an_app_that_is_open_already_needs_no_request(
    portal: Portal, browser: FlaskClient, rosa: User, role: Role
) -> None:
    app = app_for(portal, role)
    with portal.unit_of_work(SYSTEM) as uow:
        give_role_to(uow, rosa.ref, role)
    answer = send(browser, thing=f"client:{app.id}", reason="Reports")
    assert answer.status_code == 422
    assert asked(portal, rosa) == []


def test_a_refusal_leads_to_the_roles_that_would_have_helped(
    portal: Portal, browser: FlaskClient, visitor_as: VisitorAs, add_person: AddPerson, rosa: User
) -> None:
    helpful = [
        permitting_audit(portal, name, is_requestable=name != "Not open") for name in ("Readers", "Not open")
    ]
    refused = browser.get("/admin/audit")
    reference = re.search(r"req_[a-z0-9]+", refused.text.partition("reference")[2], re.IGNORECASE)
    assert refused.status_code == 403
    assert reference is not None
    page = browser.get(f"{NEW}?reference={reference[0]}")
    assert f"role:{helpful[0].id}" in page.text
    assert f"role:{helpful[1].id}" not in page.text
    send(browser, thing=f"role:{helpful[0].id}", reason="To see", reference=reference[0])
    (request,) = asked(portal, rosa)
    assert request.refusal_reference == reference[0]
    other = visitor_as(add_person("sam@example.org"))  # somebody else's refusal tells nothing
    assert f'value="role:{helpful[0].id}"' not in other.get(f"{NEW}?reference={reference[0]}").text


def permitting_audit(portal: Portal, name: str, *, is_requestable: bool) -> Role:
    with portal.unit_of_work(SYSTEM) as uow:
        role = create_role(uow, CreateRole(name=name, is_requestable=is_requestable))
        audit = uow.session.scalars(select(Resource.id).where(Resource.name == "audit")).one()
        set_permissions(
            uow, role.id, SetPermissions(permissions=(PermissionWish(resource_id=audit, action="read"),))
        )
        return role


def test_a_request_is_taken_back_by_its_owner_alone(
    portal: Portal, browser: FlaskClient, visitor_as: VisitorAs, add_person: AddPerson, rosa: User, role: Role
) -> None:
    send(browser, thing=f"role:{role.id}", reason="Night shifts")
    (request,) = asked(portal, rosa)
    path = f"/account/requests/{request.id}/withdraw"
    other = visitor_as(add_person("sam@example.org"))
    assert send(other, path).status_code == 404
    assert asked(portal, rosa)[0].state == "open"
    assert send(browser, path).status_code == 303
    assert asked(portal, rosa)[0].state == "withdrawn"
    assert send(browser, path).status_code == 303  # a second click is told, and does nothing
    assert "withdrawn meanwhile" in browser.get("/account/requests").text


@pytest.mark.settings(throttles=True)
def test_nobody_asks_all_day_long(browser: FlaskClient) -> None:
    statuses = [send(browser, thing="nonsense", reason="x").status_code for _ in range(31)]
    assert statuses[0] == 422
    assert statuses[-1] == 429


def test_reasons_are_only_text(browser: FlaskClient, role: Role) -> None:
    send(browser, thing=f"role:{role.id}", reason="<script>alert(1)</script>{{ 7*7 }}")
    page = browser.get("/account/requests").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page


def test_an_owner_finds_what_waits_for_them(
    portal: Portal, browser: FlaskClient, visitor_as: VisitorAs, add_person: AddPerson
) -> None:
    olga = add_person("olga@example.org")
    with portal.unit_of_work(SYSTEM) as uow:
        owned = create_role(uow, CreateRole(name="Owned", owner=olga.username, is_requestable=True))
    send(browser, thing=f"role:{owned.id}", reason="Please")
    page = visitor_as(olga).get("/account/requests")
    assert "1 waits for an answer" in words(page)
    assert 'href="/admin/requests"' in page.text
    assert 'href="/admin/requests"' not in browser.get("/account/requests").text
