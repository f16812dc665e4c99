"""Changing people by GraphQL: oneself within limits, others by leave, and never an administrator too many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from portal.access.services import assign_role
from portal.accounts.repository import Users
from portal.audit.repository import AuditEntries, AuditFilter
from portal.infra.actor import SYSTEM
from tests.api.graphql.conftest import code_of, errors_of
from tests.support.people import PASSWORD

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.conftest import AddPerson, Program
    from tests.api.graphql.conftest import Asker, AskerOf
    from tests.support.post import PostOffice

UPDATE = (
    "mutation($id: ID!, $input: UpdateUserInput!) "
    "{ updateUser(id: $id, input: $input) { id email emailVerified isActive } }"
)
DELETE = "mutation($id: ID!) { deleteUser(id: $id) }"


def now(portal: Portal, user: User | None) -> User | None:
    assert user is not None
    with portal.reading() as session:
        return Users(session).get(user.id)


def test_one_s_own_address_moves_only_by_the_link_that_is_mailed_to_it(
    portal: Portal, devon_asks: Asker, deliver: Callable[[], int], post: PostOffice
) -> None:
    """A token that was stolen is no way to an account: a new password would be mailed to the new address."""
    assert devon_asks.person is not None
    own = str(devon_asks.person.id)
    found = devon_asks.read(UPDATE, id=own, input={"email": "thief@example.net"})["updateUser"]
    assert found["email"] == "devon@example.org"
    deliver()
    assert len(post.to("thief@example.net")) == 1
    person = now(portal, devon_asks.person)
    assert person is not None
    assert person.email == "devon@example.org"
    assert devon_asks.refused(UPDATE, id=own, input={"email": "devon@example.org"}) == "email_same"
    (error,) = errors_of(devon_asks.ask(UPDATE, id=own, input={"email": "nowhere"}))
    assert error["extensions"]["field"] == "email"


def test_nobody_opens_or_shuts_their_own_doors(devon_asks: Asker, ada: Asker) -> None:
    for asker, code in ((devon_asks, "permission_missing"), (ada, "own_account")):
        assert asker.person is not None
        assert asker.refused(UPDATE, id=str(asker.person.id), input={"isActive": False}) == code
    assert devon_asks.person is not None
    assert (
        devon_asks.refused(UPDATE, id=str(devon_asks.person.id), input={"isActive": True})
        == "permission_missing"
    )


def test_an_operator_shuts_somebody_out_and_lets_them_in_again(
    portal: Portal, ada: Asker, nobody: Asker, add_person: AddPerson
) -> None:
    olga = add_person("olga@example.org")
    tokens = nobody.login("olga").get_json()["data"]["login"]
    assert ada.read(UPDATE, id=str(olga.id), input={"isActive": False})["updateUser"]["isActive"] is False
    assert nobody.with_token(tokens["accessToken"]).refused("{ currentUser { id } }") == "account_disabled"
    assert code_of(nobody.login("olga")) == "account_disabled"
    assert ada.read(UPDATE, id=str(olga.id), input={"isActive": True})["updateUser"]["isActive"] is True
    assert "errors" not in nobody.login("olga").get_json()
    with portal.reading() as session:
        entry = AuditEntries(session).page(AuditFilter(actions=("user.disabled",))).items[0]
    assert (entry.actor_label, entry.reason) == ("ada", "by GraphQL")


def test_an_operator_moves_somebody_to_an_address_that_is_still_to_be_proved(
    ada: Asker, add_person: AddPerson, deliver: Callable[[], int], post: PostOffice
) -> None:
    olga = add_person("olga@example.org")
    found = ada.read(UPDATE, id=str(olga.id), input={"email": "Olga@Berg.example"})["updateUser"]
    assert (found["email"], found["emailVerified"]) == ("Olga@berg.example", False)
    deliver()
    assert len(post.to("olga@example.org")) == 1
    assert len(post.to("Olga@berg.example")) == 1
    assert ada.refused(UPDATE, id=str(olga.id), input={"email": "ADA@example.org"}) == "email_taken"
    changed = ada.read(UPDATE, id=str(olga.id), input={"email": None, "isActive": None})["updateUser"]
    assert (changed["email"], changed["isActive"]) == ("Olga@berg.example", True)


def test_nobody_takes_an_account_that_may_do_more_than_theirs(
    portal: Portal, ada: Asker, clerk_with: Callable[..., Program], asker_of: AskerOf, add_person: AddPerson
) -> None:
    """Whoever reads somebody's mail gets a link to their password: so it takes what they may do to move it."""
    clerk = clerk_with("user:read", "user:update").person
    assert clerk is not None
    assert ada.person is not None
    asker = asker_of(clerk)
    assert (
        asker.refused(UPDATE, id=str(ada.person.id), input={"email": "clerk@example.net"})
        == "too_much_to_give"
    )
    olga = add_person("olga@example.org")
    assert asker.read(UPDATE, id=str(olga.id), input={"email": "olga@example.net"})
    person = now(portal, ada.person)
    assert person is not None
    assert person.email == "ada@example.org"


def test_an_account_is_deleted_with_all_that_hangs_on_it(
    portal: Portal, ada: Asker, nobody: Asker, add_person: AddPerson
) -> None:
    olga = add_person("olga@example.org")
    tokens = nobody.login("olga").get_json()["data"]["login"]
    assert ada.read(DELETE, id=str(olga.id)) == {"deleteUser": True}
    assert now(portal, olga) is None
    assert nobody.with_token(tokens["accessToken"]).refused("{ currentUser { id } }") == "invalid_token"
    assert code_of(nobody.login("olga", PASSWORD)) == "invalid_credentials"
    assert ada.refused(DELETE, id=str(olga.id)) == "user_not_found"
    assert ada.read("query($id: ID!) { user(id: $id) { id } }", id=str(olga.id)) == {"user": None}


def test_the_last_administrator_stays(
    portal: Portal, ada: Asker, clerk_with: Callable[..., Program], asker_of: AskerOf, add_person: AddPerson
) -> None:
    clerk = clerk_with("user:read", "user:update", "user:delete").person
    assert clerk is not None
    assert ada.person is not None
    asker, only = asker_of(clerk), str(ada.person.id)
    assert asker.refused(DELETE, id=only) == "last_administrator"
    assert asker.refused(UPDATE, id=only, input={"isActive": False}) == "last_administrator"
    assert ada.refused(DELETE, id=only) == "own_account"
    second = add_person("second@example.org", administrator=True)
    assert ada.read(DELETE, id=str(second.id)) == {"deleteUser": True}
    with portal.unit_of_work(SYSTEM) as uow:
        assign_role(uow, "administrator", to=clerk.ref, reason="for a test")
    assert asker.read(DELETE, id=only) == {"deleteUser": True}


def test_changes_of_one_request_are_made_one_after_the_other(ada: Asker, add_person: AddPerson) -> None:
    """Each is a unit of work of its own; what follows sees what went before."""
    olga = add_person("olga@example.org")
    answer = ada.ask(
        "mutation($id: ID!) { a: updateUser(id: $id, input: {isActive: false}) { isActive roles { name } } "
        "b: deleteUser(id: $id) c: updateUser(id: $id, input: {isActive: true}) { isActive } }",
        id=str(olga.id),
    )
    (error,) = errors_of(answer)
    assert (error["path"], error["extensions"]["code"]) == (["c"], "user_not_found")
    assert answer.get_json()["data"] is None


def test_no_other_field_can_be_slipped_in(ada: Asker, devon_asks: Asker) -> None:
    assert devon_asks.person is not None
    for extra in (
        {"roles": ["administrator"]},
        {"securityEpoch": 0},
        {"passwordHash": "x"},
        {"emailVerified": True},
    ):
        answer = devon_asks.ask(UPDATE, id=str(devon_asks.person.id), input=extra)
        assert answer.status_code == 400
        assert code_of(answer) == "variables_invalid"


def test_a_no_to_somebody_without_leave_is_remembered_with_its_reasons(
    portal: Portal, devon_asks: Asker, ada: Asker
) -> None:
    """Also where the answer does not say that there is such a person."""
    assert ada.person is not None
    other = str(ada.person.id)
    assert devon_asks.refused(DELETE, id=other) == "permission_missing"
    assert devon_asks.refused(UPDATE, id=other, input={"isActive": False}) == "user_not_found"
    with portal.reading() as session:
        noes = AuditEntries(session).page(AuditFilter(actions=("access.refused",))).items
    assert [(no.actor_label, no.details["permission"]) for no in noes] == [
        ("devon", "user:update"),
        ("devon", "user:delete"),
    ]
