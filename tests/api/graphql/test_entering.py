"""Registering, signing in and out by GraphQL: the rules, words, lockout and memory of the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from portal.access.repository import Resources
from portal.access.schemas import CreateRole, GiveRole, PermissionWish, SetPermissions
from portal.access.usecases.assignments import give_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.accounts.repository import Users
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.clients.repository import Clients
from portal.clients.usecases.own import OWN_CLIENT_ID, ensure_own_client
from portal.clients.usecases.settings import disable_client
from portal.infra.actor import SYSTEM
from tests.accounts.steps import body_of
from tests.api.graphql.conftest import LOGIN, REGISTER, actions, code_of, errors_of
from tests.support.people import PASSWORD
from tests.web.browsing import send

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.bootstrap import Portal
    from tests.api.conftest import AddPerson
    from tests.api.graphql.conftest import Asker
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

WISH = {"username": "Newcomer", "email": "newcomer@Example.org", "password": "correct-horse-battery-staple"}


def test_registering_signs_in_and_mails_a_link_that_proves_the_address(
    portal: Portal, nobody: Asker, deliver: Callable[[], int], post: PostOffice, client: FlaskClient
) -> None:
    payload = nobody.read(REGISTER, input=WISH)["register"]
    assert payload["user"] | {"id": ""} == {
        "id": "", "username": "Newcomer", "email": "newcomer@example.org", "emailVerified": False,
    }  # fmt: skip
    assert payload["expiresIn"] == portal.settings.access_token_seconds
    mine = nobody.with_token(payload["accessToken"])
    assert mine.read("{ currentUser { username roles { name } } }") == {
        "currentUser": {"username": "Newcomer", "roles": [{"name": "user"}]}
    }
    deliver()
    link = re.search(r"http://localhost(/account/email/\w+)", body_of(post.to("newcomer@example.org")[-1]))
    assert link is not None
    send(client, "/login", identifier="newcomer")
    send(client, "/login/password", identifier="newcomer", password=WISH["password"])
    assert "Is this your address?" in client.get(link[1]).text
    assert send(client, link[1]).status_code == 303
    assert mine.read("{ currentUser { emailVerified } }") == {"currentUser": {"emailVerified": True}}
    assert actions(portal, "user.email_verified", "user.email_changed") == ["user.email_verified"]


def test_what_is_wrong_or_taken_is_named_by_its_field(nobody: Asker, add_person: AddPerson) -> None:
    add_person("maya@example.org")
    for change, field in (
        ({"username": "MAYA"}, "username"),
        ({"username": "ab"}, "username"),
        ({"username": "x" * 51}, "username"),
        ({"email": "Maya@Example.org"}, "email"),
        ({"email": "nowhere"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "newcomer@example.org"}, "password"),
        ({"password": "Newcomer-newcomer"}, "password"),
    ):
        answer = nobody.ask(REGISTER, input=WISH | change)
        (error,) = errors_of(answer)
        assert error["extensions"]["field"] == field, change
        assert "password" not in change or change["password"] not in answer.text
    assert nobody.ask(REGISTER, input=WISH | {"isActive": True}).status_code == 400


@pytest.mark.settings(sign_up="closed")
def test_where_sign_up_is_closed_nobody_registers(nobody: Asker) -> None:
    (error,) = errors_of(nobody.ask(REGISTER, input=WISH))
    assert (error["extensions"]["code"], "administrator" in error["message"]) == ("sign_up_closed", True)


@pytest.mark.settings(api_sign_up="closed")
def test_programs_may_be_kept_from_registering_while_pages_are_open(
    nobody: Asker, client: FlaskClient
) -> None:
    assert nobody.refused(REGISTER, input=WISH) == "sign_up_closed"
    assert client.get("/signup").status_code == 200


@pytest.mark.settings(api_sign_up="verified")
def test_where_the_address_comes_first_there_are_no_tokens_before_it(portal: Portal, nobody: Asker) -> None:
    """Only the right password hears of it; and it is no failure that counts."""
    assert nobody.refused(REGISTER, input=WISH) == "email_unverified"
    assert code_of(nobody.login("newcomer", "wrong-horse-battery-staple")) == "invalid_credentials"
    assert code_of(nobody.login("newcomer", WISH["password"])) == "email_unverified"
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).by_username("newcomer")
        assert user is not None
        user.verify_email(at=uow.now)
    assert "errors" not in nobody.login("newcomer", WISH["password"]).get_json()


def test_an_address_that_nobody_has_proved_opens_nothing(portal: Portal, nobody: Asker) -> None:
    """Whoever registers the address of somebody at meridian.example does not pass for one of them."""
    payload = nobody.read(REGISTER, input=WISH | {"email": "ceo@meridian.example"})["register"]
    with portal.unit_of_work(SYSTEM) as uow:
        role = create_role(uow, CreateRole(name="staff"))
        people = Resources(uow.session).by_name("user")
        assert people is not None
        condition = {"attribute": "subject.email_domain", "operator": "equals", "value": "meridian.example"}
        wish = PermissionWish(resource_id=people.id, action="read", conditions=condition)
        set_permissions(uow, role.id, SetPermissions(permissions=(wish,)))
        user = Users(uow.session).by_username("newcomer")
        assert user is not None
        give_role(uow, user.id, GiveRole(role_id=role.id))
    mine = nobody.with_token(payload["accessToken"])
    assert mine.refused("{ users { totalCount } }") == "permission_missing"
    with portal.unit_of_work(SYSTEM) as uow:
        user = Users(uow.session).by_username("newcomer")
        assert user is not None
        user.verify_email(at=uow.now)
    assert mine.read("{ users { totalCount } }") == {"users": {"totalCount": 1}}


def test_ten_wrong_passwords_here_lock_the_page_and_the_other_way_round(
    portal: Portal, nobody: Asker, client: FlaskClient, add_person: AddPerson, clock: MovableClock
) -> None:
    add_person("maya@example.org")
    for _ in range(9):
        assert code_of(nobody.login("maya", "wrong")) == "invalid_credentials"
    (error,) = errors_of(nobody.login("MAYA@example.org", "wrong"))
    assert (error["extensions"]["code"], error["extensions"]["retry_after_seconds"]) == ("locked", 30)
    assert code_of(nobody.login("maya")) == "locked"
    send(client, "/login", identifier="maya")
    page = send(client, "/login/password", identifier="maya", password=PASSWORD)
    assert (page.status_code, page.headers["Retry-After"]) == (429, "30")
    assert error["message"].split(" ")[:4] == ["Too", "many", "wrong", "passwords."]
    assert error["message"].split(".")[0] in page.text
    assert set(actions(portal, "user.sign_in_failed", "user.locked_out")) == {
        "user.sign_in_failed",
        "user.locked_out",
    }
    clock.advance(seconds=31)
    assert "errors" not in nobody.login("maya").get_json()


def test_strangers_and_wrong_passwords_hear_the_same(nobody: Asker, add_person: AddPerson) -> None:
    add_person("maya@example.org")
    told = []
    for name in ("maya", "nobody"):
        (error,) = errors_of(nobody.login(name, "wrong"))
        told.append((error["message"], error["extensions"]["code"]))
    assert told[0] == told[1]


def test_whoever_is_disabled_hears_it_after_the_right_password_only(
    portal: Portal, nobody: Asker, add_person: AddPerson
) -> None:
    maya = add_person("maya@example.org")
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, maya.id, DisableUser(reason="left"))
    assert code_of(nobody.login("maya", "wrong")) == "invalid_credentials"
    assert code_of(nobody.login("maya")) == "account_disabled"


def test_a_program_that_is_known_is_not_told_of_twice(
    portal: Portal, nobody: Asker, add_person: AddPerson, deliver: Callable[[], int], post: PostOffice
) -> None:
    """The first sign-in of all is nobody's news, one from elsewhere is."""
    add_person("maya@example.org")
    login = {"query": LOGIN, "variables": {"input": {"username": "maya", "password": PASSWORD}}}
    for agent in ("curl/8", "curl/8", "evil/1", "evil/1", "curl/8"):
        nobody.post(login, headers={"User-Agent": agent})
    deliver()
    assert len(post.to("maya@example.org")) == 1


def test_an_operator_may_close_the_sign_in_of_programs(
    portal: Portal, nobody: Asker, add_person: AddPerson
) -> None:
    add_person("maya@example.org")
    tokens = nobody.login("maya").get_json()["data"]["login"]
    with portal.unit_of_work(SYSTEM) as uow:
        own = Clients(uow.session).by_client_id(OWN_CLIENT_ID)
        assert own is not None
        disable_client(uow, own.id)
    assert code_of(nobody.login("maya")) == "sign_in_closed"
    assert nobody.with_token(tokens["accessToken"]).refused("{ currentUser { id } }") == "invalid_token"
    with portal.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 1


def test_of_many_who_sign_in_at_once_one_makes_the_app(portal: Portal) -> None:
    def make(_: int) -> object:
        with portal.unit_of_work(SYSTEM) as uow:
            return ensure_own_client(uow).id

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(make, range(4)))) == 1
    assert len(actions(portal, "client.registered")) == 1
