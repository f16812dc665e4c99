"""The pages of a review: started by an operator, walked through by whoever was asked."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from portal.access.errors import LastAdministrator
from portal.access.repository import Roles
from portal.access.repository.reviews import AccessReviews
from portal.access.schemas import CreateRole
from portal.access.services.giving import give_role_to
from portal.access.usecases.roles import create_role
from portal.clients.models import ClientRole
from portal.infra.actor import SYSTEM
from tests.access.asking import roles_of
from tests.access.reviewing import Reviewing
from tests.admin.conftest import Operator, shown
from tests.oauth.steps import tokens_for
from tests.support.inhabited import register
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from portal.access.models import AccessReview, Role
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]
    VisitorAs = Callable[[User], FlaskClient]

ROOM = "/admin/reviews"


@pytest.fixture
def rosa(add_person: AddPerson) -> User:
    """Who holds the role."""
    return add_person("rosa@example.org", name="Rosa Diaz")


@pytest.fixture
def sam(add_person: AddPerson) -> User:
    """Who holds it too."""
    return add_person("sam@example.org", name="Sam Lee")


@pytest.fixture
def on_call(portal: Portal, rosa: User, sam: User) -> Role:
    with portal.unit_of_work(SYSTEM) as uow:
        role = create_role(uow, CreateRole(name="On call"))
        for person in (rosa, sam):
            give_role_to(uow, person.ref, role, reason="Operations")
        return role


@pytest.fixture
def review(portal: Portal, on_call: Role, devon: Operator) -> AccessReview:
    """Devon's, who may do nothing else."""
    return Reviewing(portal).start(on_call, reviewer=devon.person)


def item_of(portal: Portal, review: AccessReview, person: User) -> str:
    with portal.reading() as session:
        items = AccessReviews(session).items(review.id).items
        return next(str(item.id) for item in items if item.user_id == person.id)


def judge(operator: Operator, review: AccessReview, **fields: object) -> tuple[int, str]:
    path = f"{ROOM}/{review.id}"
    answer = operator.send(f"{path}/judge", fields, seen_on=path)
    return answer.status_code, answer.text


def test_an_operator_starts_a_review(portal: Portal, maya: Operator, on_call: Role, devon: Operator) -> None:
    page = maya.page(f"{ROOM}/new?thing=role:{on_call.id}")
    assert re.search(rf'<option selected value="role:{on_call.id}">', page)
    fields = {"thing": f"role:{on_call.id}", "reviewer": "devon", "due_at": "2031-12-24"}
    answer = maya.send(f"{ROOM}/new", fields)
    assert answer.status_code == 303
    assert "Devon Reyes" in shown(maya.page(answer.headers["Location"]))
    again = maya.send(f"{ROOM}/new", fields)
    assert again.status_code == 422
    assert "under way already" in shown(again.text)


def test_bad_input_is_said_at_its_field(maya: Operator, on_call: Role) -> None:
    good = {"thing": f"role:{on_call.id}", "reviewer": "devon", "due_at": "2031-12-24"}
    for field, value in (
        ("thing", ""), ("thing", "role:x"), ("thing", f"role:{NOBODYS_ID}"),
        ("reviewer", "nobody at all"), ("due_at", ""), ("due_at", "2001-01-01"), ("due_at", "soon"),
    ):  # fmt: skip
        answer = maya.send(f"{ROOM}/new", {**good, field: value})
        assert answer.status_code == 422, (field, value)
        assert f'id="{field}-error"' in answer.text, (field, value)


def test_a_reviewer_reaches_their_reviews_without_any_permission(
    portal: Portal, devon: Operator, maya: Operator, review: AccessReview, rosa: User
) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        other = create_role(uow, CreateRole(name="Another"))
        give_role_to(uow, rosa.ref, other)
    foreign = Reviewing(portal).start(other, reviewer=maya.person)
    listed = shown(devon.page(ROOM))
    assert "On call" in listed
    assert "Another" not in listed
    assert "Rosa Diaz" in shown(devon.page(f"{ROOM}/{review.id}"))
    for path in (f"{ROOM}/{foreign.id}", f"{ROOM}/{foreign.id}/finish", f"{ROOM}/{NOBODYS_ID}"):
        assert devon.get(path).status_code == 404, path
    fields = {"items": item_of(portal, foreign, rosa), "verdict": "keep"}
    sent = devon.send(f"{ROOM}/{foreign.id}/judge", fields, seen_on="/account/profile")
    assert sent.status_code == 404
    assert devon.get(f"{ROOM}/new").status_code == 403


def test_who_has_nothing_to_review_is_refused(maya: Operator, devon: Operator, on_call: Role) -> None:
    review = Reviewing(maya.portal).start(on_call, reviewer=maya.person)
    for path in (ROOM, f"{ROOM}/{review.id}"):
        assert devon.get(path).status_code == 403


def test_one_is_kept_by_the_button_of_a_row(devon: Operator, review: AccessReview, rosa: User) -> None:
    status, _ = judge(devon, review, one=f"keep:{item_of(devon.portal, review, rosa)}")
    assert status == 303
    page = devon.page(f"{ROOM}/{review.id}")
    assert "1 of 2" in shown(page)
    assert "Kept for 1 person" in page


def test_an_end_is_confirmed_and_names_everybody(
    portal: Portal, devon: Operator, review: AccessReview, rosa: User, sam: User, clock: MovableClock
) -> None:
    items = [item_of(portal, review, person) for person in (rosa, sam)]
    status, page = judge(devon, review, items=items, verdict="end", note="Left the team")
    assert status == 200
    assert all(words in shown(page) for words in ("End On call for 2 people?", "Rosa Diaz", "Sam Lee"))
    assert "Left the team" in page
    assert "On call" in roles_of(portal, rosa, clock)
    status, _ = judge(devon, review, items=items, verdict="end", note="Left the team", is_confirmed="yes")
    assert status == 303
    assert "On call" not in roles_of(portal, rosa, clock)
    assert "2 of 2" in shown(devon.page(f"{ROOM}/{review.id}"))


def test_nobody_ticked_or_nonsense_is_said_and_changes_nothing(
    portal: Portal, devon: Operator, review: AccessReview, rosa: User, clock: MovableClock
) -> None:
    for fields in (
        {"verdict": "end"},
        {"items": "x", "verdict": "end"},
        {"one": "explode:1"},
        {"one": "keep"},
    ):
        status, page = judge(devon, review, **fields)
        assert status == 422, fields
        assert "to fix" in shown(page)
    item = item_of(portal, review, rosa)
    assert judge(devon, review, items=item, verdict="drop")[0] == 422
    assert judge(devon, review, items=NOBODYS_ID, verdict="keep")[0] == 404
    assert "On call" in roles_of(portal, rosa, clock)


def test_the_last_administrator_stays_and_the_page_says_why(portal: Portal, maya: Operator) -> None:
    with portal.reading() as session:
        administrator = Roles(session).by_name("administrator")
    assert administrator is not None
    review = Reviewing(portal).start(administrator, reviewer=maya.person)
    item = item_of(portal, review, maya.person)
    status, page = judge(maya, review, items=item, verdict="end", is_confirmed="yes")
    assert status == 422
    assert "Nothing was changed." in shown(page)
    assert LastAdministrator().message in shown(page)
    assert maya.get(ROOM).status_code == 200


def test_people_who_did_not_sign_in_are_found(
    portal: Portal, devon: Operator, review: AccessReview, rosa: User, sam: User, clock: MovableClock
) -> None:
    for person, days in ((rosa, 100), (sam, 3)):
        with portal.unit_of_work(SYSTEM) as uow:
            uow.session.merge(person).last_sign_in_at = clock.now() - timedelta(days=days)
    for query, rosa_shown, sam_shown in (
        ("unused=90", True, False), ("unused=2", True, True), ("unused=1000", False, False), ("unused=x", True, True),
    ):  # fmt: skip
        page = shown(devon.page(f"{ROOM}/{review.id}?{query}"))
        assert (("Rosa Diaz" in page), ("Sam Lee" in page)) == (rosa_shown, sam_shown), query


def test_what_a_role_opens_says_who_uses_it(
    portal: Portal, app: object, maya: Operator, visitor_as: VisitorAs, on_call: Role, rosa: User, sam: User,
    clock: MovableClock,
) -> None:  # fmt: skip
    """Somebody who signs in every day, and never to the app, does not use the role that opens it."""

    client, client_pk = register(portal)
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.add(ClientRole(client_pk=client_pk, role_id=on_call.id))
    tokens_for(visitor_as(rosa), client)
    visitor_as(sam)
    review = Reviewing(portal).start(on_call, reviewer=maya.person)
    page = shown(maya.page(f"{ROOM}/{review.id}?unused=30"))
    assert "Last use of the apps" in page
    assert (("Rosa Diaz" in page), ("Sam Lee" in page)) == (False, True)
    clock.advance(days=31)
    assert "Rosa Diaz" in shown(visit(maya, visitor_as).page(f"{ROOM}/{review.id}?unused=30"))


def visit(operator: Operator, visitor_as: VisitorAs) -> Operator:
    """The same person, signed in anew."""
    return Operator(operator.portal, operator.person, visitor_as(operator.person))


def test_a_review_ends_with_a_summary(
    portal: Portal, devon: Operator, review: AccessReview, rosa: User
) -> None:
    judge(devon, review, one=f"keep:{item_of(portal, review, rosa)}")
    path = f"{ROOM}/{review.id}"
    summary = shown(devon.page(f"{path}/finish"))
    assert "1 person was not looked at" in summary
    assert devon.send(f"{path}/finish").status_code == 303
    page = devon.page(path)
    assert "finished" in shown(page)
    assert 'name="one"' not in page
    assert judge(devon, review, one=f"keep:{item_of(portal, review, rosa)}")[0] == 409


def test_a_page_of_people_costs_few_statements(
    portal: Portal, maya: Operator, add_person: AddPerson, on_call: Role
) -> None:
    people = [add_person(f"p{number}@example.org") for number in range(20)]
    with portal.unit_of_work(SYSTEM) as uow:
        for person in people:
            give_role_to(uow, person.ref, on_call)
    review = Reviewing(portal).start(on_call, reviewer=maya.person)
    maya.page(ROOM)
    with statements(portal.engine) as sent:
        maya.page(f"{ROOM}/{review.id}")
    assert len(sent) <= 16, sent
