"""From a closed door to an open one: refused, asked, approved by whoever looks after it, and in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from portal.access.repository import Resources
from portal.access.schemas import CreateRole, PermissionWish, SetPermissions
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from portal.infra.ids import new_id
from tests.journeys import pages
from tests.journeys.conftest import NewContext

if TYPE_CHECKING:
    from portal.access.models import Role
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.live import LivePortal

Somebody = Callable[[str], "User"]


def owned_role(portal: Portal, owner: User, *permitted: str) -> Role:
    """A role that is open to requests, looked after by somebody with no permission at all."""
    wish = CreateRole(name=f"readers {new_id().hex[-8:]}", owner=owner.username, is_requestable=True)
    with portal.unit_of_work(SYSTEM) as uow:
        role = create_role(uow, wish)
        resources = [Resources(uow.session).by_name(name) for name in permitted]
        wishes = tuple(PermissionWish(resource_id=one.id, action="read") for one in resources if one)
        set_permissions(uow, role.id, SetPermissions(permissions=wishes))
        return role


def test_a_refusal_leads_to_a_request_and_the_request_to_access(
    live_portal: LivePortal, inside: Portal, somebody: Somebody, new_context: NewContext
) -> None:
    url, post = live_portal.url, live_portal.post
    rosa, olga = somebody("Rosa Diaz"), somebody("Olga Berg")
    role = owned_role(inside, olga, "audit")
    hers, theirs = new_context().new_page(), new_context(java_script_enabled=False).new_page()

    # the door is closed, and says where to knock
    pages.sign_in(hers, url, rosa.email)
    hers.goto(f"{url}/admin/audit")
    pages.heading(hers, "You can't open this")
    pages.follow(hers, "Ask for access")
    pages.heading(hers, "Ask for access")
    if hers.get_by_role("radio").count():
        hers.get_by_role("radio", name=role.name).check()
    expect(hers.get_by_text(role.name)).to_be_visible()
    pages.press(hers, "Send request")
    expect(hers.get_by_role("alert")).to_contain_text("Enter a reason")
    pages.fill(hers, Reason="I look into last night's sign-ins")
    hers.get_by_label("Until").fill("2031-12-24")
    pages.press(hers, "Send request")
    expect(hers.get_by_text("Waiting")).to_be_visible()

    # its owner, who may do nothing else in the console, gets a mail and answers, without any script
    link = pages.mailed_link(post, olga.email)
    theirs.goto(link)
    pages.answer_sign_in(theirs, olga.email)
    pages.heading(theirs, f"Rosa Diaz asks for {role.name}")
    expect(theirs.get_by_text("I look into last night's sign-ins")).to_be_visible()
    expect(theirs.get_by_label("Until")).to_have_value("2031-12-24")
    theirs.get_by_label("Until").fill("2031-06-30")
    theirs.get_by_label("Note").fill("Good luck")
    pages.press(theirs, "Approve")
    expect(theirs.get_by_text("Nothing waits for an answer")).to_be_visible()
    assert theirs.goto(f"{url}/admin/users").status == 403  # type: ignore[union-attr]

    # the answer is in her mail, and the door is open at once
    hers.goto(pages.mailed_link(post, rosa.email))
    expect(hers.get_by_text("Good luck")).to_be_visible()
    expect(hers.get_by_text("until 30 Jun 2031")).to_be_visible()
    hers.goto(f"{url}/admin/audit?kind=requests")
    pages.heading(hers, "Audit log")
    entry = pages.event(hers, f"approved that {rosa.username} gets {role.name}")
    expect(entry).to_contain_text("Good luck")


@pytest.mark.parametrize("live_portal", ["sqlite"], indirect=True)
def test_an_app_that_turns_somebody_away_opens_once_its_role_is_given(
    live_portal: LivePortal, inside: Portal, somebody: Somebody, new_context: NewContext
) -> None:
    url = live_portal.url
    rosa, olga = somebody("Rosa Diaz"), somebody("Olga Berg")
    role, name = owned_role(inside, olga), f"Ledger {new_id().hex[-8:]}"
    wish = {"client_name": name, "kind": "web", "audience": "roles", "role_ids": [role.id],
            "redirect_uris": ["https://ledger.example.org/callback"]}  # fmt: skip
    with inside.unit_of_work(SYSTEM) as uow:
        client_id = register_client(uow, RegisterClient.model_validate(wish)).client.client_id
    hers, theirs = new_context().new_page(), new_context().new_page()

    pages.sign_in(hers, url, rosa.email)
    hers.goto(f"{url}/account/requests/new?client={client_id}")
    pages.fill(hers, Reason="Quarterly report")
    pages.press(hers, "Send request")
    expect(hers.get_by_text(f"You asked for {name}")).to_be_visible()

    pages.sign_in(theirs, url, olga.email)
    theirs.goto(f"{url}/account/requests")
    expect(theirs.get_by_text("1 waits for an answer")).to_be_visible()
    theirs.get_by_role("link", name=re.compile("^Open the requests")).click()
    pages.follow(theirs, "Rosa Diaz")
    theirs.get_by_role("radio", name=role.name).check()
    pages.press(theirs, "Approve")
    expect(theirs.get_by_text("Nothing waits for an answer")).to_be_visible()

    hers.goto(f"{url}/account/requests/new")
    expect(hers.get_by_text(name)).to_have_count(0)  # hers now


@pytest.mark.parametrize("live_portal", ["postgresql"], indirect=True)
def test_a_reviewer_walks_through_who_has_a_role(
    live_portal: LivePortal, inside: Portal, administrator: User, somebody: Somebody, new_context: NewContext
) -> None:
    url, post = live_portal.url, live_portal.post
    rosa, sam, olga = somebody("Rosa Diaz"), somebody("Sam Lee"), somebody("Olga Berg")
    role = owned_role(inside, olga)
    console, theirs = new_context().new_page(), new_context().new_page()
    pages.sign_in(console, url, administrator.email)
    for person in (rosa, sam):
        console.goto(f"{url}/admin/users/{person.id}/roles")
        console.get_by_label("Role", exact=True).select_option(label=role.name)
        pages.press(console, "Preview the change")
        pages.press(console, "Give role")
    console.goto(f"{url}/admin/reviews/new?thing=role:{role.id}")
    pages.press(console, "Start review")
    pages.heading(console, f"Review of {role.name}")

    theirs.goto(pages.mailed_link(post, olga.email))
    pages.answer_sign_in(theirs, olga.email)
    pages.heading(theirs, f"Review of {role.name}")
    theirs.get_by_role("button", name="Keep Rosa Diaz").click()
    expect(theirs.get_by_text("1 of 2")).to_be_visible()
    expect(theirs.get_by_label("Note")).to_be_hidden()  # the bar is there once somebody is ticked
    theirs.get_by_role("checkbox", name="Select Sam Lee").check()
    theirs.get_by_label("Note").fill("Left the team")
    pages.press(theirs, "End…")
    pages.heading(theirs, f"End {role.name} for Sam Lee?")
    pages.press(theirs, "End access")
    expect(theirs.get_by_text("2 of 2")).to_be_visible()
    pages.follow(theirs, "Finish")
    pages.press(theirs, "Finish review")
    expect(theirs.get_by_text("finished").first).to_be_visible()

    console.goto(f"{url}/admin/audit?kind=requests&q={sam.username}")
    console.goto(f"{url}/admin/users/{sam.id}")
    entry = pages.event(console, f"ended {role.name} for {sam.username}")
    expect(entry).to_contain_text("Left the team")
