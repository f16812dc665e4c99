"""Mails about requests and reviews: to whom, how many, and none about what is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from portal.access.rules.requests import MOST_MAILS
from portal.access.usecases.requests import withdraw_request
from portal.access.usecases.reviews import finish_review
from portal.infra.events import Ref
from portal.infra.ids import new_id
from portal.infra.outbox import OutboxMessage
from portal.jobs.registry import JOBS
from tests.access.asking import acting

if TYPE_CHECKING:
    from email.message import EmailMessage

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.access.asking import Asking
    from tests.access.conftest import House
    from tests.access.reviewing import Reviewing
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    AddPerson = Callable[..., User]
    Deliver = Callable[[], int]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_whoever_looks_after_it_is_asked_and_nobody_else(
    asking: Asking, house: House, post: PostOffice, deliver: Deliver, rosa: User, olga: User
) -> None:
    request = asking.ask(rosa, asking.role(owner=olga), until="2031-12-24")
    deliver()
    (mail,) = post.to(olga.email)
    assert mail["Subject"] == "Rosa Diaz asks for the role on call"
    assert f"http://localhost/admin/requests/{request.id}" in text_of(mail)
    assert "Reason: On call this week" in text_of(mail)
    assert "Until:  24 December 2031" in text_of(mail)
    assert post.to(house.ada.email) == []


def test_without_an_owner_those_are_asked_who_decide_on_all(
    asking: Asking,
    house: House,
    post: PostOffice,
    deliver: Deliver,
    add_person: AddPerson,
    rosa: User,
    olga: User,
) -> None:
    house.group("Desk", members=(olga,), roles=(house.role("desk", access_request=["update"]),))
    house.give(add_person("reader@example.org"), house.role("readers", access_request=["read"]))
    asking.ask(rosa, asking.role())
    asking.ask(olga, asking.role("own"))  # who asks is not asked
    deliver()
    assert [len(post.to(person.email)) for person in (house.ada, olga)] == [2, 1]
    assert post.to("reader@example.org") == []


def test_a_crowd_of_deciders_does_not_make_a_flood(
    asking: Asking, house: House, post: PostOffice, deliver: Deliver, add_person: AddPerson, rosa: User
) -> None:
    for number in range(MOST_MAILS + 2):
        add_person(f"admin{number}@example.org", administrator=True)
    asking.ask(rosa, asking.role())
    deliver()
    assert len(post.messages) == MOST_MAILS


def test_those_are_asked_who_look_after_what_opens_an_app(
    asking: Asking, post: PostOffice, deliver: Deliver, rosa: User, olga: User
) -> None:
    role = asking.role("ledger users", owner=olga)
    asking.ask_app(rosa, Ref("client", new_id(), "Ledger"), (role.ref,))
    deliver()
    assert [mail["Subject"] for mail in post.messages] == ["Rosa Diaz asks for the app Ledger"]


def test_what_was_taken_back_is_not_mailed(
    asking: Asking, portal: Portal, post: PostOffice, deliver: Deliver, rosa: User, olga: User
) -> None:
    request = asking.ask(rosa, asking.role(owner=olga))
    with portal.unit_of_work(acting(rosa)) as uow:
        withdraw_request(uow, request.id)
    deliver()
    assert post.messages == []


def test_the_answer_is_mailed_with_its_end_and_its_note(
    asking: Asking, post: PostOffice, deliver: Deliver, rosa: User, olga: User
) -> None:
    asking.approve(olga, asking.ask(rosa, asking.role(owner=olga)).id, until="2031-06-30", note="Welcome")
    asking.refuse(olga, asking.ask(rosa, asking.role("other", owner=olga)).id, "Ask your lead <first>")
    deliver()
    yes, no = sorted(post.to(rosa.email), key=lambda mail: str(mail["Subject"]), reverse=True)
    assert (yes["Subject"], no["Subject"]) == (
        "You now have the role on call",
        "You don't get the role other",
    )
    assert "approved until 30 June 2031. It works at once." in text_of(yes)
    assert "Note: Welcome" in text_of(yes)
    assert "http://localhost/account/requests" in text_of(no)
    html = no.get_body(("html",))
    assert html is not None
    assert "Ask your lead &lt;first&gt;" in html.get_content()


def test_a_reviewer_hears_at_the_start_and_on_the_day(
    reviewing: Reviewing, house: House, portal: Portal, clock: MovableClock, post: PostOffice, deliver: Deliver,
    rosa: User, olga: User,
) -> None:  # fmt: skip
    role = house.role("on call")
    house.give(rosa, role)
    due = (clock.now() + timedelta(days=10)).date()
    review = reviewing.start(role, reviewer=olga, due_at=due.isoformat())
    deliver()
    (first,) = post.to(olga.email)
    assert first["Subject"] == "Look again at who has the role on call"
    assert "To look at: 1 of 1" in text_of(first)
    assert f"http://localhost/admin/reviews/{review.id}" in text_of(first)
    clock.advance(days=9)
    deliver()
    assert len(post.to(olga.email)) == 1
    morning = datetime.combine(due, time(8), tzinfo=UTC)
    clock.advance(seconds=(morning - clock.now()).total_seconds() + 1)
    deliver()
    assert post.to(olga.email)[-1]["Subject"] == "Due now: who has the role on call"


def test_a_finished_review_reminds_nobody(
    reviewing: Reviewing, house: House, portal: Portal, clock: MovableClock, post: PostOffice, deliver: Deliver,
    rosa: User, olga: User,
) -> None:  # fmt: skip
    role = house.role("on call")
    house.give(rosa, role)
    review = reviewing.start(role, reviewer=olga)
    with portal.unit_of_work(acting(olga)) as uow:
        finish_review(uow, review.id)
    clock.advance(days=4000)
    deliver()
    assert post.messages == []


def test_every_kind_of_promise_has_somebody_to_keep_it(
    asking: Asking, reviewing: Reviewing, house: House, portal: Portal, rosa: User, olga: User
) -> None:
    role = asking.role(owner=olga)
    asking.approve(olga, asking.ask(rosa, role).id)
    reviewing.start(role, reviewer=olga)
    with portal.reading() as session:
        kinds = {message.kind for message in session.query(OutboxMessage)}
    assert {"access_request_mail", "access_answer_mail", "access_review_mail"} <= kinds <= JOBS.keys()
