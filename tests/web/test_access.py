"""One's own access: roles, groups, until when; and why something was refused, without a word about others."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from portal.access.repository import Resources
from portal.access.schemas import (
    AddMember,
    CreateGroup,
    CreateRole,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
)
from portal.access.usecases.assignments import give_role
from portal.access.usecases.groups import create_group
from portal.access.usecases.memberships import add_member, give_group_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.infra.actor import CLI
from tests.admin.conftest import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock

    AddPerson = Callable[..., User]
    VisitorAs = Callable[[User], FlaskClient]


@pytest.fixture
def devon(add_person: AddPerson) -> User:
    return add_person("devon@example.org", name="Devon Reyes")


@pytest.fixture
def visitor(devon: User, visitor_as: VisitorAs) -> FlaskClient:
    return visitor_as(devon)


def give(portal: Portal, person: User, name: str, conditions: dict[str, Any] | None = None) -> None:
    """A role that permits reading users under these conditions."""
    with portal.unit_of_work(CLI) as uow:
        role = create_role(uow, CreateRole(name=name, description="Looks things up"))
        users = Resources(uow.session).by_name("user")
        assert users is not None
        wish = PermissionWish(resource_id=users.id, action="read", conditions=conditions)
        set_permissions(uow, role.id, SetPermissions(permissions=(wish,)))
        give_role(uow, person.id, GiveRole(role_id=role.id))


def test_roles_and_groups_are_told_with_their_end_and_where_they_come_from(
    portal: Portal, devon: User, visitor: FlaskClient, clock: MovableClock
) -> None:
    with portal.unit_of_work(CLI) as uow:
        clerk = create_role(uow, CreateRole(name="clerk", description="Looks things up"))
        group = create_group(uow, CreateGroup(name="front desk"))
        give_group_role(uow, group.id, GiveGroupRole(role_id=clerk.id))
        until = clock.now() + timedelta(days=3)
        add_member(uow, group.id, AddMember(user_id=devon.id, expires_at=until))
        other = create_group(uow, CreateGroup(name="back office"))
        give_group_role(uow, other.id, GiveGroupRole(role_id=clerk.id))
    page = shown(visitor.get("/account/access").text)
    assert f"clerk Looks things up · by the group front desk · until {until.day} " in page
    assert "user Everybody with an account · given to you" in page
    assert "back office" not in page
    clock.advance(days=3)
    assert "clerk" not in shown(visitor.get("/account/access").text)


def test_a_question_about_oneself_is_answered(portal: Portal, devon: User, visitor: FlaskClient) -> None:
    refused = shown(visitor.get("/account/access/explain?verb=read&resource=user").text)
    assert "You may not read user" in refused
    assert "No role of yours permits it." in refused
    give(portal, devon, "clerk")
    answer = shown(visitor.get("/account/access/explain?verb=read&resource=user").text)
    assert "You may read user" in answer
    assert "By the role clerk." in answer


def test_nobody_learns_what_there_is_by_asking(visitor: FlaskClient) -> None:
    """A resource that is there and one that is not get the same words."""
    known = shown(visitor.get("/account/access/explain?verb=read&resource=user").text)
    unknown = shown(visitor.get("/account/access/explain?verb=read&resource=ledger").text)
    assert known.replace("user", "ledger") == unknown.replace("user", "ledger")


def test_a_refusal_is_explained_without_a_word_about_others(
    portal: Portal, devon: User, visitor: FlaskClient
) -> None:
    give(
        portal,
        devon,
        "clerk",
        {
            "all": [
                {"attribute": "subject.email", "operator": "in", "value": ["bob@example.org"]},
                {"attribute": "subject.groups", "operator": "contains", "value": "secret circle"},
                {"attribute": "subject.risk", "operator": "less", "value": 41},
                {"attribute": "context.ip", "operator": "ip_in", "value": ["10.66.0.0/16"]},
                {"attribute": "context.auth_age_seconds", "operator": "less", "value": 600},
            ]
        },
    )
    refused = visitor.get("/admin/users").text
    link = re.search(r'href="(/account/access/explain\?reference=req_\w+)"', refused)
    assert link is not None
    page = visitor.get(link[1]).text
    told = shown(page).replace(
        link[1].partition("=")[2], ""
    )  # a reference is random, and so may hold any digits
    assert "You may not read user" in told
    assert "devon@example.org" in told
    assert "127.0.0.1" in told
    assert "seconds since sign-in is less than 600" in told
    for secret in ("bob@", "secret circle", "41", "10.66"):
        assert secret not in told
    for secret in ("administrator", "auditor"):
        assert secret not in told


def test_only_who_was_refused_reads_it(
    visitor: FlaskClient, add_person: AddPerson, visitor_as: VisitorAs
) -> None:
    reference = visitor.get("/admin/users").headers["X-Request-ID"]
    path = f"/account/access/explain?reference={reference}"
    assert visitor.get(path).status_code == 200
    stranger = visitor_as(add_person("eve@example.org"))
    assert stranger.get(path).status_code == 404
    assert stranger.get("/account/access/explain?reference=req_0").status_code == 404


def test_a_no_of_then_stands_beside_a_yes_of_now(portal: Portal, devon: User, visitor: FlaskClient) -> None:
    reference = visitor.get("/admin/users").headers["X-Request-ID"]
    give(portal, devon, "clerk")
    page = shown(visitor.get(f"/account/access/explain?reference={reference}").text)
    assert page.index("You may not read user") < page.index("You may read user")


@pytest.mark.parametrize(
    "query", ["verb=dance&resource=user", "verb=read&resource=", "resource=" + "x" * 300]
)
def test_what_can_not_be_asked_is_said_at_its_field(visitor: FlaskClient, query: str) -> None:
    answer = visitor.get(f"/account/access/explain?{query}")
    assert answer.status_code == 422
    assert "There " in shown(answer.text)


def test_without_a_question_there_is_the_form(visitor: FlaskClient) -> None:
    answer = visitor.get("/account/access/explain")
    assert answer.status_code == 200
    assert "thing to fix" not in answer.text


def test_the_schema_of_conditions_is_published(client: FlaskClient) -> None:
    answer = client.get("/access/conditions.schema.json")
    assert (answer.status_code, answer.content_type) == (200, "application/schema+json")
    schema = answer.get_json(force=True)
    assert schema["$id"] == "http://localhost/access/conditions.schema.json"
    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(
        {"attribute": "context.weekday", "operator": "equals", "value": "monday"}
    )
