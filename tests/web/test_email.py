"""A person moves to another address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from portal.accounts.models import User
from portal.accounts.repository import Users
from portal.accounts.usecases.change_email import EmailChangeGone, confirm_email_change
from portal.infra.actor import SYSTEM
from tests.accounts.steps import PASSWORD, ask, body_of, token_in
from tests.support.history import history
from tests.web.browsing import send, sign_in, without_chance, words_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    AddPerson = Callable[..., User]
    Deliver = Callable[[], int]

MAYA, NEW, DEVON = "maya@example.org", "maya@meridian.example", "devon@example.org"


@pytest.fixture(autouse=True)
def maya(client: FlaskClient, add_person: AddPerson) -> User:
    person = add_person(MAYA, name="Maya Okafor", password=PASSWORD)
    sign_in(client, MAYA)
    return person


@pytest.fixture
def devon(add_person: AddPerson) -> User:
    return add_person(DEVON, password=PASSWORD)


@pytest.fixture
def path(client: FlaskClient, deliver: Deliver, post: PostOffice) -> str:
    """Of the link that was mailed."""
    wish(client)
    deliver()
    return link_to(post, NEW)


def wish(client: FlaskClient, email: str = NEW, password: str = PASSWORD) -> None:
    answer = send(client, "/account/email", email=email, current_password=password)
    assert (answer.status_code, answer.location) == (303, "/account/security")


def link_to(post: PostOffice, address: str) -> str:
    found = re.search(r"http://localhost(/account/email/\w+)", body_of(post.to(address)[-1]))
    assert found is not None
    return found[1]


def address_of(portal: Portal, person: User) -> str:
    with portal.reading() as database:
        user = Users(database).get(person.id)
    assert user is not None
    return user.email


def test_the_link_moves_the_account_and_the_old_address_is_told(
    app: Flask,
    portal: Portal,
    client: FlaskClient,
    path: str,
    maya: User,
    deliver: Deliver,
    post: PostOffice,
) -> None:
    assert address_of(portal, maya) == MAYA, "asking changes nothing"
    page = client.get(path)
    assert NEW in words_on(page)
    assert address_of(portal, maya) == MAYA, "looking changes nothing"
    answer = send(client, path)
    assert (answer.status_code, answer.location) == (303, "/account/security")
    assert address_of(portal, maya) == NEW
    assert NEW in words_on(client.get("/account/security"))
    deliver()
    assert "was changed" in post.to(MAYA)[-1]["Subject"]
    assert NEW in body_of(post.to(MAYA)[-1])
    assert sign_in(app.test_client(), NEW).location == "/account"


def test_the_link_works_once(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert send(client, path).status_code == 303
    assert client.get(path).status_code == 410
    assert page.status_code == 200


def test_the_log_says_what_it_was_and_what_it_is(portal: Portal, client: FlaskClient, path: str) -> None:
    send(client, path)
    (entry,) = [entry for entry in history(portal) if entry.action == "user.email_changed"]
    before, after = entry.before_state or {}, entry.after_state or {}
    assert (before["email"], after["email"]) == (MAYA, NEW)


def test_without_the_password_nothing_is_asked_for(
    client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    answer = send(client, "/account/email", email=NEW, current_password="not it")
    assert answer.status_code == 422
    assert "That isn't your current password" in words_on(answer)
    assert f'value="{NEW}"' in answer.text
    deliver()
    assert post.to(NEW) == []


def test_a_taken_address_looks_the_same_and_its_owner_is_told(
    app: Flask, client: FlaskClient, devon: User, deliver: Deliver, post: PostOffice
) -> None:
    def asked(email: str) -> str:
        wish(client, email)
        return without_chance(client.get("/account/security").text).replace(email, "*")

    free, taken = asked(NEW), asked(DEVON)
    assert free == taken
    deliver()
    assert "has a Portal account already" in post.to(DEVON)[-1]["Subject"]
    assert "/account/email/" not in body_of(post.to(DEVON)[-1])


def test_ones_own_address_may_be_spelt_another_way(
    client: FlaskClient, deliver: Deliver, post: PostOffice
) -> None:
    wish(client, "Maya@example.org")
    deliver()
    assert "Confirm your new address" in post.to("Maya@example.org")[-1]["Subject"]


def test_ones_own_address_is_no_new_one(client: FlaskClient) -> None:
    answer = send(client, "/account/email", email=MAYA, current_password=PASSWORD)
    assert answer.status_code == 422
    assert "the address of your account already" in words_on(answer)


def test_a_link_is_of_no_use_to_anybody_else(
    portal: Portal, app: Flask, path: str, maya: User, devon: User
) -> None:
    """It went to a wrong address by a slip: whoever reads it there has no hold on the account."""
    stranger, other = app.test_client(), app.test_client()
    sign_in(other, DEVON)
    assert stranger.get(path).status_code == 303
    assert stranger.get(path).location.startswith("/login")
    assert other.get(path).status_code == 410
    token = path.rpartition("/")[2]
    with portal.unit_of_work(SYSTEM) as uow:
        assert isinstance(confirm_email_change(uow, token, user_id=devon.id), EmailChangeGone)
    assert (address_of(portal, maya), address_of(portal, devon)) == (MAYA, DEVON)


def test_a_link_works_for_an_hour_and_until_a_newer_one_or_a_new_password(
    portal: Portal, client: FlaskClient, path: str, clock: MovableClock, deliver: Deliver, post: PostOffice
) -> None:
    wish(client, "maya@third.example")
    deliver()
    assert client.get(path).status_code == 410
    newer = link_to(post, "maya@third.example")
    assert client.get(newer).status_code == 200
    clock.advance(minutes=61)
    assert client.get(newer).status_code == 410
    wish(client)
    deliver()
    newest = link_to(post, NEW)
    send(client, "/account/password", current_password=PASSWORD, new_password="nine wet owls above the mill")
    assert client.get(newest).status_code == 410


def test_recovery_links_to_the_old_address_die(
    portal: Portal, client: FlaskClient, path: str, deliver: Deliver, post: PostOffice
) -> None:
    ask(portal, MAYA)
    deliver()
    recovery = f"/recover/{token_in(post.to(MAYA)[-1])}"
    assert client.get(recovery).status_code == 200
    send(client, path)
    assert client.get(recovery).status_code == 410


def test_a_recovery_link_changes_no_address(
    portal: Portal, client: FlaskClient, maya: User, deliver: Deliver, post: PostOffice
) -> None:
    """One purpose for each link (CVE-2026-4282)."""
    ask(portal, MAYA)
    deliver()
    token = token_in(post.to(MAYA)[-1])
    assert client.get(f"/account/email/{token}").status_code == 410
    with portal.unit_of_work(SYSTEM) as uow:
        assert isinstance(confirm_email_change(uow, token, user_id=maya.id), EmailChangeGone)
    wish(client)
    deliver()
    other = link_to(post, NEW).rpartition("/")[2]
    assert client.get(f"/recover/{other}").status_code == 410


def test_an_address_that_was_taken_meanwhile_stays_with_its_account(
    portal: Portal, client: FlaskClient, path: str, maya: User, add_person: AddPerson
) -> None:
    page = client.get(path)
    add_person(NEW)
    answer = client.post(
        path, data={"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]}
    )
    assert answer.status_code == 410
    assert "has an account by now" in words_on(answer)
    assert address_of(portal, maya) == MAYA
