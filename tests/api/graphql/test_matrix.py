"""Who sees and changes what: every field, for every scope, permission and person. Both are needed, and neither helps
without the other; whoever may not know of somebody finds nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from portal.access.repository import Resources
from portal.access.schemas import CreateRole, GiveRole, PermissionWish, SetPermissions
from portal.access.usecases.assignments import give_role
from portal.access.usecases.permissions import set_permissions
from portal.access.usecases.roles import create_role
from portal.clients.rules.api_scopes import API_SCOPES
from portal.infra.actor import SYSTEM
from tests.api.graphql.conftest import Asker, errors_of
from tests.support.granted import grant_everything

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.api.conftest import AddPerson, Program
    from tests.api.graphql.conftest import AskerOf

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The same questions on either; tests/access and tests/api/v1 hold the decisions on both."""

SEEN: Final = "seen"
HIDDEN: Final = "hidden"


@dataclass(frozen=True)
class Row:
    """A question, and what it takes: the scope and the permission, or None where it is about oneself."""

    query: str
    scope: str
    permission: str | None
    is_about: str
    without: str
    """What whoever lacks one of them gets: `hidden`, or that they may not."""


ROWS: Final = {
    "user, oneself": Row("{ user(id: $id) { id email } }", "account:read", None, "self", HIDDEN),
    "user, another": Row("{ user(id: $id) { id email } }", "users:read", "user:read", "other", HIDDEN),
    "users": Row("{ users { totalCount } }", "users:read", "user:read", "other", "refused"),
    "currentUser": Row("{ currentUser { id } }", "account:read", None, "self", "refused"),
    "update, oneself": Row(
        "{ updateUser(id: $id, input: {}) { id } }", "account:write", None, "self", "refused"
    ),
    "update, another": Row(
        "{ updateUser(id: $id, input: {isActive: true}) { id } }",
        "users:write",
        "user:update",
        "other",
        "refused",
    ),
    "delete, another": Row("{ deleteUser(id: $id) }", "users:write", "user:delete", "other", "refused"),
}


@pytest.fixture
def other(add_person: AddPerson) -> User:
    return add_person("olga@example.org", name="Olga Berg")


def outcome(asker: Asker, row: Row, person: User | None) -> str:
    """`seen`, `hidden` (null, or that there is no such user), or `refused`."""
    assert person is not None
    verb = "mutation" if row.query.startswith(("{ update", "{ delete")) else "query"
    variables = "($id: ID!)" if "$id" in row.query else ""
    answer = asker.ask(f"{verb}{variables} {row.query}", id=str(person.id))
    body = answer.get_json()
    if "errors" not in body:
        return SEEN if all(value is not None for value in body["data"].values()) else HIDDEN
    (error,) = errors_of(answer)
    code = error["extensions"]["code"]
    assert code in {"user_not_found", "insufficient_scope", "permission_missing", "not_signed_in"}, code
    return HIDDEN if code == "user_not_found" else "refused"


def test_it_takes_the_scope_and_the_permission(
    portal: Portal, other: User, nobody: Asker, asker_of: AskerOf, add_person: AddPerson
) -> None:
    plain = add_person("plain@example.org")
    for number, (name, row) in enumerate(ROWS.items()):
        person = _with_permission(portal, add_person(f"clerk{number}@example.org"), row.permission)
        for who, scopes, is_seen in (
            (person, [scope for scope in API_SCOPES if scope != row.scope], False),
            (plain, list(API_SCOPES), row.permission is None),
            (person, [row.scope], True),
        ):
            found = outcome(asker_of(who, *scopes), row, who if row.is_about == "self" else other)
            assert (found == SEEN) is is_seen, (name, scopes[:2], found)
            if not is_seen and row.without == HIDDEN:
                assert found == HIDDEN, name
        assert outcome(nobody, row, person if row.is_about == "self" else other) != SEEN, name


def _with_permission(portal: Portal, person: User, permission: str | None) -> User:
    """The person, who holds this one and nothing else."""
    if permission is not None:
        name, _, action = permission.partition(":")
        with portal.unit_of_work(SYSTEM) as uow:
            role = create_role(uow, CreateRole(name=f"clerk of {person.username}"))
            resource = Resources(uow.session).by_name(name)
            assert resource is not None
            wish = PermissionWish(resource_id=resource.id, action=action)
            set_permissions(uow, role.id, SetPermissions(permissions=(wish,)))
            give_role(uow, person.id, GiveRole(role_id=role.id))
    return person


def test_who_may_not_see_somebody_does_not_learn_that_they_are_there(devon_asks: Asker, other: User) -> None:
    """The same answers as of an id that nobody has."""
    missing = "01890a5d-ac96-774b-bcce-b302099a8057"
    for query in (
        "query($id: ID!) { user(id: $id) { id } }",
        'mutation($id: ID!) { updateUser(id: $id, input: {email: "x@example.org"}) { id } }',
        "mutation($id: ID!) { updateUser(id: $id, input: {isActive: false}) { id } }",
        "mutation($id: ID!) { deleteUser(id: $id) }",
    ):
        told = [devon_asks.ask(query, id=one).get_json() for one in (str(other.id), missing)]
        for body in told:
            for error in body.get("errors", ()):
                error["extensions"].pop("trace_id")
        assert told[0] == told[1], query


def test_roles_of_others_and_what_these_permit_take_more(
    other: User, clerk_with: Callable[..., Program], asker_of: AskerOf
) -> None:
    roles = "query($id: ID!) { user(id: $id) { roles { name } } }"
    permits = "query($id: ID!) { user(id: $id) { roles { permissions { action } } } }"
    clerk = clerk_with("user:read").person
    assert clerk is not None
    with_both, without = asker_of(clerk, "users:read", "roles:read"), asker_of(clerk, "users:read")
    assert with_both.read(roles, id=str(other.id)) == {"user": {"roles": [{"name": "user"}]}}
    assert _codes(with_both, permits, other) == {"permission_missing"}
    assert _codes(without, roles, other) == {"insufficient_scope"}


def test_one_s_own_roles_are_one_s_own_but_their_conditions_are_not(
    portal: Portal, devon_asks: Asker
) -> None:
    """A condition may name other people, and what operators noted of somebody."""
    assert devon_asks.person is not None
    grant_everything(portal, devon_asks.person.id)
    found = devon_asks.read("{ currentUser { roles { name permissions { action resource } } } }")[
        "currentUser"
    ]
    assert {role["name"] for role in found["roles"]} > {"user"}
    answer = devon_asks.ask("{ currentUser { roles { permissions { action conditions } } } }")
    (error,) = errors_of(answer)
    assert error["extensions"]["code"] == "permission_missing"
    shown = [one for role in answer.get_json()["data"]["currentUser"]["roles"] for one in role["permissions"]]
    assert [one["conditions"] for one in shown] == [None]


def _codes(asker: Asker, query: str, person: User) -> Collection[str]:
    return {one["extensions"]["code"] for one in errors_of(asker.ask(query, id=str(person.id)))}
