"""One act for many people: asked for in the list, done by a job, and told of each."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.access.repository import Groups, Roles
from portal.access.schemas import CreateGroup
from portal.access.usecases.groups import create_group
from portal.infra.actor import SYSTEM
from portal.infra.outbox import OutboxMessage
from portal.jobs.delivery import deliver_due
from portal.sessions.repository import Sessions
from tests.admin.conftest import Operator, entries_of, is_active, shown
from tests.support.people import NOBODYS_ID

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson

BULK = "/admin/users/bulk"


def press(operator: Operator, act: str, people: list[User], **fields: str) -> TestResponse:
    """What the form of the list, or of the page that asks, would send."""
    chosen = [str(person.id) for person in people]
    return operator.send(BULK, {"act": act, "user": chosen, **fields}, seen_on="/admin/users")


def confirmed(operator: Operator, act: str, people: list[User], **fields: str) -> str:
    """The page that tells how it went, once the worker has been there."""
    answer = press(operator, act, people, confirmed="yes", **fields)
    assert answer.status_code == 303, shown(answer.text)
    deliver_due(operator.portal)
    return shown(operator.page(answer.headers["Location"]))


def test_nothing_happens_before_it_is_confirmed(
    portal: Portal, maya: Operator, add_person: AddPerson
) -> None:
    people = [add_person(f"p{number:02}@example.org") for number in range(23)]
    page = shown(press(maya, "disable", people).text)
    assert "Disable 23 people?" in page
    assert "p00@example.org" in page
    assert "and 3 more" in page
    assert "none of them signs in" in page
    assert all(is_active(portal, person.id) for person in people)


def test_each_person_is_told_of(
    portal: Portal, maya: Operator, devon: Operator, add_person: AddPerson
) -> None:
    noor = add_person("noor@example.org", name="Noor Haddad")
    confirmed(maya, "disable", [noor], reason="Left")
    page = confirmed(maya, "disable", [devon.person, noor, maya.person], reason="The office closes")
    assert "Done 1 Unchanged 1 were so already Failed 1" in page
    assert "maya@example.org Failed You can't disable your own account." in page
    assert "noor@example.org Unchanged Was disabled already" in page
    assert "devon@example.org Done Disabled" in page
    assert not is_active(portal, devon.person.id)
    assert is_active(portal, maya.person.id)
    reasons = [entry.reason for entry in entries_of(portal, "user.disabled")]
    assert reasons == ["The office closes", "Left"]


def test_a_reason_that_is_missing_is_asked_for_and_nobody_is_lost(maya: Operator, devon: Operator) -> None:
    answer = press(maya, "disable", [devon.person], confirmed="yes", reason=" ")
    assert answer.status_code == 422
    assert "There is 1 thing to fix" in answer.text
    assert f'value="{devon.person.id}"' in answer.text


def test_people_are_enabled_together(portal: Portal, maya: Operator, devon: Operator) -> None:
    confirmed(maya, "disable", [devon.person], reason="by mistake")
    assert "devon@example.org Done Enabled" in confirmed(maya, "enable", [devon.person])
    assert is_active(portal, devon.person.id)


def test_a_role_is_given_until_a_day_and_taken_again(portal: Portal, maya: Operator, devon: Operator) -> None:
    with portal.reading() as session:
        role = Roles(session).by_name("auditor")
        assert role is not None
    ends = portal.ports.clock.now() + timedelta(days=30)
    fields = {"role_id": str(role.id), "expires_at": f"{ends:%Y-%m-%d}", "reason": "the yearly audit"}
    assert "Done Holds the role" in confirmed(maya, "give_role", [devon.person], **fields)
    with portal.reading() as session:
        row = Roles(session).assignment(devon.person.id, role.id)
        assert row is not None
        assert row.reason == "the yearly audit"
        assert row.expires_at is not None
        assert row.expires_at.date() == ends.date()
    page = confirmed(maya, "take_role", [devon.person, maya.person], role_id=str(role.id))
    assert "Done 1 Unchanged 1" in page


def test_the_last_administrator_stays_one(portal: Portal, maya: Operator, devon: Operator) -> None:
    with portal.reading() as session:
        role = Roles(session).by_name("administrator")
        assert role is not None
    page = confirmed(maya, "take_role", [maya.person], role_id=str(role.id))
    assert "Failed 1 nothing of theirs changed" in page
    assert maya.get("/admin/users").status_code == 200


def test_people_join_a_group_together(portal: Portal, maya: Operator, devon: Operator) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        group = create_group(uow, CreateGroup(name="Research"))
    page = confirmed(maya, "join_group", [devon.person, maya.person], group_id=str(group.id))
    assert "Done 2" in page
    with portal.reading() as session:
        assert Groups(session).member(group.id, devon.person.id) is not None
    assert "Devon Reyes" in maya.page(f"/admin/users?group={group.id}")


def test_sessions_end_and_mails_go_out_together(portal: Portal, maya: Operator, devon: Operator) -> None:
    assert "Done Signed out" in confirmed(maya, "end_sessions", [devon.person])
    with portal.reading() as session:
        assert list(Sessions(session).live_of(devon.person.id, at=portal.ports.clock.now())) == []
    assert "The mail is on its way" in confirmed(maya, "send_recovery", [devon.person])
    with portal.reading() as session:
        assert "recovery_mail" in session.scalars(select(OutboxMessage.kind)).all()


def test_nobody_is_chosen_by_no_one(maya: Operator) -> None:
    answer = press(maya, "enable", [])
    assert answer.status_code == 303
    assert "Nobody was selected" in maya.page("/admin/users")


def test_what_no_form_sends_is_refused(maya: Operator, devon: Operator) -> None:
    assert press(maya, "delete-all", [devon.person]).status_code == 400
    wrong = maya.send(BULK, {"act": "enable", "user": "x"}, seen_on="/admin/users")
    many = maya.send(BULK, {"act": "enable", "user": [str(devon.person.id)[:-3] + f"{n:03x}" for n in range(201)]},
                     seen_on="/admin/users")  # fmt: skip
    assert (wrong.status_code, many.status_code) == (400, 400)


def test_everybody_who_matches_is_chosen_by_the_filter(
    portal: Portal, maya: Operator, add_person: AddPerson
) -> None:
    crowd = [add_person(f"p{number:02}@example.org", name=f"Crowd {number}") for number in range(28)]
    first = maya.page("/admin/users?q=crowd")
    assert "Select everybody who matches" in first
    page = maya.page("/admin/users?q=crowd&chosen=everybody")
    assert "With all 28 people who match" in page
    address = re.search(r'action="(/admin/users/bulk[^"]+)"', page)
    assert address is not None
    fields = {"act": "disable", "everybody": "yes"}
    asked = shown(maya.send(address[1], fields, seen_on="/admin/users").text)
    assert "Disable 28 people?" in asked
    assert "and 8 more" in asked
    fields |= {"confirmed": "yes", "reason": "The office closes"}
    late = maya.send(address[1], {**fields, "expected": "27"}, seen_on="/admin/users")
    assert late.status_code == 422
    assert "Meanwhile 28 people match" in late.text
    assert 'name="expected" value="28"' in late.text
    answer = maya.send(address[1], {**fields, "expected": "28"}, seen_on="/admin/users")
    deliver_due(portal)
    assert "Done 28" in shown(maya.page(answer.headers["Location"]))
    assert not any(is_active(portal, person.id) for person in crowd)
    assert is_active(portal, maya.person.id)


def test_a_role_that_is_gone_is_said_at_its_field(maya: Operator, devon: Operator) -> None:
    answer = press(maya, "give_role", [devon.person], confirmed="yes", role_id=NOBODYS_ID)
    assert answer.status_code == 422
    assert f'value="{devon.person.id}"' in answer.text


def test_who_only_reads_is_offered_nothing_to_do(audrey: Operator) -> None:
    assert 'name="act"' not in audrey.page("/admin/users")
    assert "With all" not in audrey.page("/admin/users?chosen=everybody")


def test_all_of_a_page_are_selected_without_a_script(maya: Operator, devon: Operator) -> None:
    page = maya.page("/admin/users?chosen=all")
    assert page.count('name="user"') == page.count(" checked") == 2
