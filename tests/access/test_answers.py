"""The answer to a request: by whom, with what, and once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from portal.access.errors import AccessRequestNotFound, CannotBeGiven, NotYoursToDecide, RequestDecided
from portal.access.repository import Groups
from portal.access.usecases.roles import delete_role
from portal.accounts.schemas import DisableUser
from portal.accounts.usecases.manage_users import disable_user
from portal.infra.actor import SYSTEM
from portal.infra.errors import Invalid
from portal.infra.events import Ref
from portal.infra.ids import new_id
from tests.access.asking import at, at_once, kept, open_to_requests, roles_of

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.access.asking import Asking
    from tests.access.conftest import House
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]


@pytest.fixture
def ada(house: House) -> User:
    """The administrator."""
    return house.ada


def test_an_owner_without_any_permission_gives_their_role(
    asking: Asking, house: House, portal: Portal, clock: MovableClock, rosa: User, olga: User
) -> None:
    request = asking.ask(rosa, asking.role(owner=olga), until="2031-12-24")
    asking.approve(olga, request.id, until="2031-06-30", note="Welcome")
    answered = kept(portal, request)
    assert (answered.state, answered.decided_by) == ("approved", olga.id)
    assert (answered.granted_until, answered.decision_note) == (at("2031-06-30"), "Welcome")
    assert "on call" in roles_of(portal, rosa, clock)
    given, approved = house.told("role.assigned")[-1], house.told("access_request.approved")[-1]
    assert given.after_state == {"role": "on call", "expires_at": "2031-06-30T23:59:59+00:00"}
    assert (given.actor_id, given.reason) == (olga.id, "Asked for: On call this week")
    assert approved.before_state == {"state": "open", "wished_until": "2031-12-24T23:59:59+00:00"}
    assert approved.after_state is not None
    assert approved.after_state["given"] == "on call"


def test_an_administrator_of_a_group_lets_people_into_it(
    asking: Asking, portal: Portal, clock: MovableClock, rosa: User, olga: User
) -> None:
    group = asking.group(administrator=olga)
    asking.approve(olga, asking.ask(rosa, group).id)
    with portal.reading() as session:
        assert [one.name for one in Groups(session).of_user(rosa.id, at=clock.now())] == ["Platform"]


def test_what_is_no_affair_of_theirs_nobody_sees_or_answers(
    asking: Asking, portal: Portal, add_person: AddPerson, rosa: User, olga: User
) -> None:
    asking.role("another", owner=olga)
    request = asking.ask(rosa, asking.role())
    for person in (olga, add_person("sam@example.org")):
        with pytest.raises(AccessRequestNotFound):
            asking.approve(person, request.id)
        with pytest.raises(AccessRequestNotFound):
            asking.refuse(person, request.id)
    assert kept(portal, request).state == "open"


def test_who_decides_on_requests_gives_no_more_than_they_may_do(
    asking: Asking, house: House, portal: Portal, clock: MovableClock, rosa: User, olga: User
) -> None:
    house.give(olga, house.role("helpdesk", access_request=["update"], user=["read"]))
    harmless, equal = asking.role("label"), house.role("readers", user=["read"])
    beyond = house.role("editors", user=["update"])
    for role in (equal, beyond):
        open_to_requests(portal, role)
    asking.approve(olga, asking.ask(rosa, harmless).id, decides_on_all=True)
    asking.approve(olga, asking.ask(rosa, equal).id, decides_on_all=True)
    request = asking.ask(rosa, beyond)
    with pytest.raises(CannotBeGiven, match="editors permits more than you may do"):
        asking.approve(olga, request.id, decides_on_all=True)
    assert roles_of(portal, rosa, clock) == ["label", "readers", "user"]
    asking.refuse(olga, request.id, decides_on_all=True)
    assert kept(portal, request).state == "refused"


def test_a_group_is_no_way_round_that(asking: Asking, house: House, rosa: User, olga: User) -> None:
    house.give(olga, house.role("helpdesk", access_request=["update"]))
    group = house.group("Admins", roles=(house.built_in("administrator"),))
    open_to_requests(house.portal, group)
    with pytest.raises(CannotBeGiven):
        asking.approve(olga, asking.ask(rosa, group).id, decides_on_all=True)


def test_a_refusal_changes_nothing_and_says_why(
    asking: Asking, house: House, portal: Portal, clock: MovableClock, rosa: User, olga: User
) -> None:
    request = asking.ask(rosa, asking.role(owner=olga))
    asking.refuse(olga, request.id, "Ask your lead first")
    answered = kept(portal, request)
    assert (answered.state, answered.decision_note, answered.granted_until) == (
        "refused", "Ask your lead first", None,
    )  # fmt: skip
    assert roles_of(portal, rosa, clock) == ["user"]
    assert house.told("access_request.refused")[-1].reason == "Ask your lead first"


def test_nobody_decides_on_what_they_asked_for_themselves(
    asking: Asking, portal: Portal, add_person: AddPerson, ada: User, olga: User
) -> None:
    request = asking.ask(olga, asking.role(owner=olga))
    with pytest.raises(NotYoursToDecide):
        asking.approve(olga, request.id)
    add_person("bo@example.org", administrator=True)
    own = asking.ask(ada, asking.role("another"))
    for answer in (asking.approve, asking.refuse):
        with pytest.raises(NotYoursToDecide):
            answer(ada, own.id, decides_on_all=True)
    assert kept(portal, own).state == "open"


def test_an_administrator_who_is_alone_decides_for_themselves(
    asking: Asking, portal: Portal, ada: User
) -> None:
    own = asking.ask(ada, asking.role())
    asking.approve(ada, own.id, decides_on_all=True)
    assert kept(portal, own).state == "approved"


def test_an_app_is_opened_by_what_the_decider_chooses(
    asking: Asking, portal: Portal, clock: MovableClock, ada: User, rosa: User
) -> None:
    role, group = asking.role("ledger users"), asking.group("Finance")
    openers = (role.ref, group.ref)
    request = asking.ask_app(rosa, Ref("client", new_id(), "Ledger"), openers)
    with pytest.raises(Invalid) as unsaid:
        asking.approve(ada, request.id, openers=openers, decides_on_all=True)
    assert unsaid.value.field == "give"
    with pytest.raises(Invalid):  # opens something else
        asking.approve(ada, request.id, openers=openers, decides_on_all=True, give=f"role:{new_id()}")
    asking.approve(ada, request.id, openers=openers, decides_on_all=True, give=f"role:{role.id}")
    assert "ledger users" in roles_of(portal, rosa, clock)


def test_the_owner_of_a_role_that_opens_an_app_may_open_it_with_that_role_only(
    asking: Asking, portal: Portal, clock: MovableClock, rosa: User, olga: User
) -> None:
    mine, other = asking.role("ledger users", owner=olga), asking.role("ledger admins")
    openers = (mine.ref, other.ref)
    request = asking.ask_app(rosa, Ref("client", new_id(), "Ledger"), openers)
    with pytest.raises(Invalid):
        asking.approve(olga, request.id, openers=openers, give=f"role:{other.id}")
    asking.approve(olga, request.id, openers=openers)
    assert roles_of(portal, rosa, clock) == ["ledger users", "user"]


def test_an_app_that_nothing_opens_any_more_can_only_be_refused(
    asking: Asking, portal: Portal, ada: User, rosa: User
) -> None:
    request = asking.ask_app(rosa, Ref("client", new_id(), "Ledger"), ())
    with pytest.raises(CannotBeGiven, match="app is gone"):
        asking.approve(ada, request.id, decides_on_all=True)
    asking.refuse(ada, request.id, decides_on_all=True)
    assert kept(portal, request).state == "refused"


def test_what_is_gone_meanwhile_can_only_be_refused(
    asking: Asking, portal: Portal, ada: User, rosa: User
) -> None:
    role = asking.role()
    request = asking.ask(rosa, role)
    with portal.unit_of_work(SYSTEM) as uow:
        delete_role(uow, role.id)
    with pytest.raises(CannotBeGiven, match="role is gone"):
        asking.approve(ada, request.id, decides_on_all=True)
    asking.refuse(ada, request.id, decides_on_all=True)
    assert kept(portal, request).state == "refused"


def test_who_is_shut_out_is_given_nothing(asking: Asking, portal: Portal, ada: User, rosa: User) -> None:
    request = asking.ask(rosa, asking.role())
    with portal.unit_of_work(SYSTEM) as uow:
        disable_user(uow, rosa.id, DisableUser(reason="Left"))
    with pytest.raises(CannotBeGiven, match="account is disabled"):
        asking.approve(ada, request.id, decides_on_all=True)


def test_a_past_end_is_no_answer(asking: Asking, portal: Portal, olga: User, rosa: User) -> None:
    request = asking.ask(rosa, asking.role(owner=olga))
    with pytest.raises(Invalid):
        asking.approve(olga, request.id, until="2020-01-01")
    assert kept(portal, request).state == "open"


def test_of_two_who_answer_at_once_one_is_told(
    asking: Asking,
    house: House,
    portal: Portal,
    clock: MovableClock,
    add_person: AddPerson,
    rosa: User,
    olga: User,
) -> None:
    bo = add_person("bo@example.org", administrator=True)
    for number in range(5):
        role = asking.role(f"role {number}", owner=olga)
        request = asking.ask(rosa, role)
        outcomes = at_once(
            lambda request=request: asking.approve(olga, request.id),  # type: ignore[misc]
            lambda request=request: asking.refuse(bo, request.id, decides_on_all=True),  # type: ignore[misc]
        )
        losers = [outcome for outcome in outcomes if isinstance(outcome, RequestDecided)]
        assert len(losers) == 1
        state = kept(portal, request).state
        assert state in losers[0].message
        assert (role.name in roles_of(portal, rosa, clock)) == (state == "approved")
    assert len(house.told("access_request.approved", "access_request.refused")) == 5
