"""Operators and other people's accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from markupsafe import escape
from sqlalchemy import select

from portal.accounts.repository import Users
from portal.infra.outbox import OutboxMessage
from portal.sessions.repository import Sessions
from tests.admin.conftest import HOSTILE, Operator, is_active, path_of, shown
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.admin.conftest import AddPerson, VisitorAs


def live_sessions(portal: Portal, user_id: UUID) -> list[UUID]:
    with portal.reading() as session:
        return [one.id for one in Sessions(session).live_of(user_id, at=portal.ports.clock.now())]


def test_people_are_listed_with_roles_and_state(maya: Operator, devon: Operator) -> None:
    page = shown(maya.page("/admin/users"))
    assert page.index("Devon Reyes") < page.index("Maya Okafor")
    assert "2 people" in page
    assert "maya@example.org Active administrator user" in page


def test_people_are_found_by_part_of_a_name_or_address(maya: Operator, devon: Operator) -> None:
    for search in ("dEVON", "reyes", "devon@"):
        page = shown(maya.page(f"/admin/users?q={search}"))
        assert "Devon Reyes" in page
        assert "Maya Okafor" not in page
    assert "No users match" in maya.page("/admin/users?q=nobody")


def test_a_state_narrows_the_list(maya: Operator, devon: Operator) -> None:
    maya.send(f"{path_of(devon)}/disable", {"reason": "left"})
    assert "Devon Reyes" in maya.page("/admin/users?state=disabled")
    assert "Devon Reyes" not in maya.page("/admin/users?state=active")
    assert "Devon Reyes" in maya.page("/admin/users?state=anything")


def test_a_search_by_htmx_brings_only_the_rows(maya: Operator, devon: Operator) -> None:
    answer = maya.get("/admin/users?q=devon", headers={"HX-Request": "true"})
    assert "Devon Reyes" in answer.text
    assert "<html" not in answer.text
    assert answer.text.count('id="results"') == 1
    assert "HX-Request" in answer.headers["Vary"]


def test_long_lists_have_pages(maya: Operator, add_person: AddPerson) -> None:
    for number in range(30):
        add_person(f"person{number:02}@example.org")
    first = maya.page("/admin/users")
    assert "person29@" in first
    assert "person04@" not in first
    older = first.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = maya.page(older)
    assert "person04@" in second
    assert "person05@" not in second
    newer = second.split('rel="prev"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "person29@" in maya.page(newer)


def test_a_person_is_shown_with_sessions_roles_and_history(maya: Operator, devon: Operator) -> None:
    page = shown(maya.page(path_of(devon)))
    for words in (
        "devon@example.org",
        str(devon.person.id),
        "Everybody with an account.",
        "devon got an account",
    ):
        assert words in page
    assert "System gave devon the role user" in page
    assert "devon signed in" in page
    assert "No apps yet" in page


def test_disabling_shuts_every_door_and_says_why(portal: Portal, maya: Operator, devon: Operator) -> None:
    answer = maya.send(f"{path_of(devon)}/disable", {"reason": "Left the company"})
    assert (answer.status_code, answer.headers["Location"]) == (303, path_of(devon))
    assert not is_active(portal, devon.person.id)
    assert devon.get("/account").status_code == 303
    page = shown(maya.page(path_of(devon)))
    assert "Left the company" in page
    assert "maya disabled devon" in page
    assert "Devon Reyes is disabled" in page


def test_a_reason_is_needed(portal: Portal, maya: Operator, devon: Operator) -> None:
    answer = maya.send(f"{path_of(devon)}/disable", {"reason": "  "})
    assert answer.status_code == 422
    assert "There is 1 thing to fix" in answer.text
    assert is_active(portal, devon.person.id)


def test_enabling_opens_the_doors_again(portal: Portal, maya: Operator, devon: Operator) -> None:
    maya.send(f"{path_of(devon)}/disable", {"reason": "a mistake"})
    answer = maya.send(f"{path_of(devon)}/enable", seen_on=path_of(devon))
    assert answer.status_code == 303
    assert is_active(portal, devon.person.id)


def test_one_session_ends_alone(
    portal: Portal, maya: Operator, devon: Operator, visitor_as: VisitorAs
) -> None:
    visitor_as(devon.person)
    newest, oldest = live_sessions(portal, devon.person.id)
    answer = maya.send(f"{path_of(devon)}/sessions/{oldest}/end", seen_on=path_of(devon))
    assert answer.status_code == 303
    assert live_sessions(portal, devon.person.id) == [newest]


def test_all_sessions_end_together(
    portal: Portal, maya: Operator, devon: Operator, visitor_as: VisitorAs
) -> None:
    visitor_as(devon.person)
    answer = maya.send(f"{path_of(devon)}/sessions/end", seen_on=path_of(devon))
    assert answer.status_code == 303
    assert live_sessions(portal, devon.person.id) == []
    assert "2 sessions ended" in maya.page(path_of(devon))


def test_a_session_ends_only_through_its_own_person(portal: Portal, maya: Operator, devon: Operator) -> None:
    (mine,) = live_sessions(portal, maya.person.id)
    answer = maya.send(f"{path_of(devon)}/sessions/{mine}/end", seen_on=path_of(devon))
    assert answer.status_code == 404
    assert live_sessions(portal, maya.person.id) == [mine]


def test_a_recovery_mail_is_sent_and_not_shown(portal: Portal, maya: Operator, devon: Operator) -> None:
    answer = maya.send(f"{path_of(devon)}/recovery", seen_on=path_of(devon))
    assert answer.status_code == 303
    with portal.reading() as session:
        kinds = session.scalars(select(OutboxMessage.kind)).all()
    assert "recovery_mail" in kinds
    page = maya.page(path_of(devon))
    assert "maya sent a recovery link to devon" in shown(page)
    assert "/recover/" not in page


def test_hostile_names_are_only_text(maya: Operator, add_person: AddPerson) -> None:
    for number, name in enumerate(HOSTILE):
        person = add_person(f"eve{number}@example.org", name=name)
        for path in ("/admin/users", f"/admin/users/{person.id}", f"/admin/users/{person.id}/disable"):
            page = maya.page(path)
            assert str(escape(name)) in page
            assert "<script>alert" not in page
            assert "<img src=x>" not in page


def test_an_id_of_nobody_is_not_found(maya: Operator) -> None:
    for user_id in (NOBODYS_ID, "0", "%00", "x" * 300, "00000000-0000-0000-0000-00000000000g"):
        for part in ("", "/disable"):
            assert maya.get(f"/admin/users/{user_id}{part}").status_code == 404, user_id


def test_a_place_that_cannot_be_read_is_the_first_page(maya: Operator, devon: Operator) -> None:
    for query in (
        "before=x",
        "after=%00",
        "before=1&after=2",
        f"before={'a' * 2000}",
        "sort=x",
        "joined_since=x",
    ):
        assert "Devon Reyes" in maya.page(f"/admin/users?{query}"), query


def test_an_id_that_is_none_leads_nowhere(maya: Operator) -> None:
    for query in ("role=x", "group=%00"):
        assert maya.get(f"/admin/users?{query}").status_code == 404, query


def test_nothing_but_the_reason_is_taken_in(portal: Portal, maya: Operator, devon: Operator) -> None:
    fields = {"reason": "left", "security_epoch": "0", "email": "evil@example.org", "is_active": "1"}
    maya.send(f"{path_of(devon)}/disable", fields)
    with portal.reading() as session:
        user = Users(session).get(devon.person.id)
        assert user is not None
        assert (user.is_active, user.email, user.security_epoch) == (False, "devon@example.org", 1)


def test_an_auditor_sees_everything_and_is_offered_nothing(audrey: Operator, devon: Operator) -> None:
    page = audrey.page(path_of(devon))
    assert "devon signed in" in shown(page)
    assert 'method="post"' not in page.split("<main")[1]
    assert f"{path_of(devon)}/disable" not in page
    assert audrey.get(f"{path_of(devon)}/disable").status_code == 403


def test_pages_cost_few_statements(maya: Operator, devon: Operator) -> None:
    for path, most in (("/admin/users", 12), (path_of(devon), 12)):
        maya.portal.ports.cache.delete_prefix("admin:")
        with statements(maya.portal.engine) as asked:
            maya.page(path)
        assert len(asked) <= most, path
