"""Resources in the console: what permissions speak about, and who may do what on each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from portal.access.repository import Resources
from tests.admin.conftest import HOSTILE, Operator, shown
from tests.admin.holding import give, hidden, new_group, new_resource, new_role, permitted
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal

NORTH = {"attribute": "resource.region", "operator": "equals", "value": "north"}


@pytest.fixture
def wiki(portal: Portal) -> UUID:
    return new_resource(
        portal, "wiki", description="What everybody knows", metadata={"region": "north", "level": 2}
    )


def place(resource_id: UUID, page: str = "") -> str:
    return f"/admin/resources/{resource_id}{page}"


def fields(**changes: str) -> dict[str, str]:
    usual = {
        "name": "wiki",
        "type": "service",
        "description": "What everybody knows",
        "metadata": '{"region": "north"}',
    }
    return usual | changes


def test_resources_are_listed_with_type_and_attributes(maya: Operator, wiki: UUID) -> None:
    page = shown(maya.page("/admin/resources?q=wiki"))
    assert "wiki What everybody knows service" in page
    assert "region" in page
    assert "audit The audit log and the history of everything Part of the portal" in shown(
        maya.page("/admin/resources?type=portal")
    )
    assert "wiki" not in shown(maya.page("/admin/resources?type=portal")).split("Open")[1]
    assert "No resources match" in maya.page("/admin/resources?q=nothing-like-that")


def test_a_new_resource_is_there(portal: Portal, maya: Operator) -> None:
    answer = maya.send("/admin/resources/new", fields(name="ledger"))
    assert answer.status_code == 303
    page = shown(maya.page(answer.headers["Location"]))
    assert "The resource ledger is there" in page
    assert "region north" in page
    assert "No role permits anything on it" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "Wiki Pages"}, "Use lower-case letters"),
        ({"name": "wiki"}, "Another resource has that name"),
        ({"type": "portal", "name": "ledger"}, "This type is kept for the portal"),
        ({"metadata": "{region: north}", "name": "ledger"}, "Enter a JSON object like"),
        ({"metadata": "[1, 2]", "name": "ledger"}, "Check the attributes"),
        ({"metadata": '{"Region": 1}', "name": "ledger"}, "“Region”: use lower-case letters"),
        ({"metadata": '{"deep": {"er": 1}}', "name": "ledger"}, "“deep”: use a text, a number"),
    ],
)
def test_a_resource_that_cannot_be_made_says_why_and_loses_nothing(
    maya: Operator, wiki: UUID, changes: dict[str, str], words: str
) -> None:
    answer = maya.send("/admin/resources/new", fields(**changes))
    assert answer.status_code == 422
    assert words in shown(answer.text)
    assert 'value="What everybody knows"' in answer.text
    assert shown(f"<main>{changes.get('metadata', 'region')}") in shown(answer.text)


def test_who_may_do_what_is_shown_with_conditions(
    portal: Portal, maya: Operator, devon: Operator, wiki: UUID
) -> None:
    editor = new_role(portal, "editor", {"wiki:read": NORTH, "wiki:update": None})
    give(portal, devon.person, editor)
    new_group(portal, "Press", devon.person, maya.person, roles=(editor,))
    page = shown(maya.page(place(wiki)))
    assert "editor read update read only if" in page
    assert "1 person 2 people" in page


def test_another_attribute_is_seen_through_before_it_is_saved(
    portal: Portal, maya: Operator, devon: Operator, wiki: UUID
) -> None:
    give(portal, devon.person, new_role(portal, "editor", {"wiki:read": NORTH}))
    path = place(wiki, "/edit")
    page = maya.send(path, {**fields(metadata='{"region": "south"}'), "step": "preview"})
    assert "under another condition than before" in shown(page.text)
    back = maya.send(path, {**hidden(page.text), "step": "back"})
    assert "south" in back.text
    assert maya.send(path, {**hidden(page.text), "step": "save"}).status_code == 303
    with portal.reading() as session:
        resource = Resources(session).get(wiki)
        assert resource is not None
        assert resource.metadata_ == {"region": "south"}


def test_an_edit_that_cannot_be_saved_loses_nothing(maya: Operator, wiki: UUID) -> None:
    answer = maya.send(
        place(wiki, "/edit"), {**fields(metadata="{", description="New words"), "step": "preview"}
    )
    assert answer.status_code == 422
    assert 'value="New words"' in answer.text


def test_removing_a_resource_says_who_loses_what(
    portal: Portal, maya: Operator, devon: Operator, wiki: UUID
) -> None:
    editor = new_role(portal, "editor", {"wiki:admin": None})
    give(portal, devon.person, editor)
    page = maya.send(place(wiki, "/delete"), {"step": "preview"}, seen_on=place(wiki))
    assert "Lose 1 person" in shown(page.text)
    assert "admin wiki" in shown(page.text)
    answer = maya.send(place(wiki, "/delete"), {**hidden(page.text), "step": "save"}, seen_on=place(wiki))
    assert answer.status_code == 303
    assert permitted(portal, editor) == {}
    assert maya.get(place(wiki)).status_code == 404


def test_a_room_of_the_portal_stays_what_it_is(portal: Portal, maya: Operator) -> None:
    with portal.reading() as session:
        room = Resources(session).by_name("user")
        assert room is not None
    assert "/delete" not in maya.page(place(room.id))
    for path, sent, words in (
        ("/edit", fields(name="people", type="portal"), "keeps its name and type"),
        ("/delete", {}, "can't be deleted"),
    ):
        answer = maya.send(place(room.id, path), {**sent, "step": "preview"}, seen_on=place(room.id, "/edit"))
        assert answer.status_code == 422
        assert words in shown(answer.text)


def test_an_id_of_no_resource_is_not_found(maya: Operator) -> None:
    for page in ("", "/edit", "/delete"):
        for resource_id in (NOBODYS_ID, "0"):
            assert maya.get(f"/admin/resources/{resource_id}{page}").status_code == 404, page


def test_an_auditor_sees_resources_and_is_offered_nothing(
    audrey: Operator, devon: Operator, wiki: UUID
) -> None:
    assert 'method="post"' not in audrey.page(place(wiki)).split("<main")[1]
    assert audrey.get(place(wiki, "/edit")).status_code == 403
    assert devon.get("/admin/resources").status_code == 403


def test_hostile_attributes_are_only_text(portal: Portal, maya: Operator) -> None:
    for number, words in enumerate(HOSTILE):
        resource_id = new_resource(
            portal, f"eve{number}", description=words, metadata=json.dumps({"note": words})
        )
        for page in ("", "/edit"):
            text = maya.page(place(resource_id, page))
            assert "<script>alert" not in text
            assert "<img src=x>" not in text


def test_pages_about_resources_cost_few_statements(portal: Portal, maya: Operator, wiki: UUID) -> None:
    new_role(portal, "editor", {"wiki:read": None})
    for path, most in {"/admin/resources": 8, place(wiki): 11}.items():
        maya.page(path)
        portal.ports.cache.delete_prefix("admin:")
        with statements(portal.engine) as asked:
            maya.page(path)
        assert len(asked) <= most, (path, asked)
