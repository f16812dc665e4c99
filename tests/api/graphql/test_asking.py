"""What is asked about people: pages, cursors, filters, and a page in as few statements as one person."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from portal.access.schemas import CreateRole, GiveRole
from portal.access.usecases.assignments import give_role
from portal.access.usecases.roles import create_role
from portal.accounts.services import create_user
from portal.infra.actor import SYSTEM
from tests.api.graphql.conftest import errors_of
from tests.support.granted import grant_everything
from tests.support.people import NOBODYS_ID
from tests.support.statements import statements

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.api.graphql.conftest import Asker, Still

PAGE = "edges { cursor node { username } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"


@pytest.fixture
def crowd(portal: Portal) -> Callable[[int], None]:
    """So many people, `person000` first."""

    def add(number: int) -> None:
        with portal.unit_of_work(SYSTEM) as uow:
            for one in range(number):
                create_user(
                    uow,
                    email=f"person{one:03}@example.org",
                    name=f"P {one}",
                    password_hash=None,
                    email_verified=True,
                )

    return add


def names(page: dict[str, Any]) -> list[str]:
    return [edge["node"]["username"] for edge in page["edges"]]


def test_a_hundred_people_with_roles_and_permissions_take_six_statements(
    portal: Portal, ada: Asker, crowd: Callable[[int], None]
) -> None:
    crowd(120)
    assert ada.person is not None
    grant_everything(portal, ada.person.id)
    query = (
        "{ users(size: 100) { totalCount pageInfo { endCursor } edges { cursor node "
        "{ id username email createdAt roles { id name description permissions "
        "{ id resource action conditions } } } } } }"
    )
    ada.read(query)
    with statements(portal.engine) as asked:
        found = ada.read(query)["users"]
    assert len(asked) <= 6
    assert (len(found["edges"]), found["totalCount"]) == (100, 121)
    roles = {role["name"] for edge in found["edges"] for role in edge["node"]["roles"]}
    assert roles == {"user"}


def test_one_person_is_told_with_all_that_they_hold(portal: Portal, ada: Asker) -> None:
    assert ada.person is not None
    granted = grant_everything(portal, ada.person.id)
    me = ada.read("{ currentUser { id username email isActive createdAt updatedAt roles { id name description "
                  "permissions { id resource action conditions } } } }")["currentUser"]  # fmt: skip
    assert (me["id"], me["username"], me["email"], me["isActive"]) == (
        str(ada.person.id), "ada", "ada@example.org", True,
    )  # fmt: skip
    assert me["createdAt"].endswith("Z")
    mine = {role["name"]: role for role in me["roles"]}
    assert {"administrator", "user"} < set(mine)
    (own,) = [role for role in me["roles"] if role["id"] == str(granted.role_id)]
    (permission,) = own["permissions"]
    assert permission["id"] == str(granted.permission_id)
    assert permission["conditions"]["operator"] == "ip_in"
    assert mine["user"]["description"]
    assert {one["resource"] for one in mine["administrator"]["permissions"]} > {"user", "role"}


def test_pages_are_counted_and_cursors_go_on(ada: Asker, crowd: Callable[[int], None]) -> None:
    crowd(7)
    first = ada.read(f"{{ users(size: 3) {{ {PAGE} }} }}")["users"]
    assert names(first) == ["person006", "person005", "person004"]
    assert first["totalCount"] == 8
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    assert first["pageInfo"]["startCursor"]
    third = ada.read(f"{{ users(page: 3, size: 3) {{ {PAGE} }} }}")["users"]
    assert names(third) == ["person000", "ada"]
    assert (third["pageInfo"]["hasNextPage"], third["pageInfo"]["hasPreviousPage"]) == (False, True)
    on = ada.read(
        f"query($a: String) {{ users(size: 3, after: $a) {{ {PAGE} }} }}", a=first["pageInfo"]["endCursor"]
    )["users"]
    assert names(on) == ["person003", "person002", "person001"]
    back = ada.read(
        f"query($b: String) {{ users(size: 2, before: $b) {{ {PAGE} }} }}", b=on["pageInfo"]["startCursor"]
    )["users"]
    assert names(back) == ["person005", "person004"]
    beyond = ada.read(f"{{ users(page: 9, size: 3) {{ {PAGE} }} }}")["users"]
    assert (names(beyond), beyond["pageInfo"]["endCursor"]) == ([], None)
    edge = ada.read(
        f"query($a: String) {{ users(after: $a, size: 1) {{ {PAGE} }} }}", a=first["edges"][0]["cursor"]
    )
    assert names(edge["users"]) == ["person005"]


def test_filters_narrow_together(portal: Portal, ada: Asker, crowd: Callable[[int], None]) -> None:
    crowd(4)
    assert ada.person is not None
    with portal.unit_of_work(SYSTEM) as uow:
        role = create_role(uow, CreateRole(name="keeper"))
        give_role(uow, ada.person.id, GiveRole(role_id=role.id))
    query = f"query($f: UserFilter) {{ users(filter: $f) {{ {PAGE} }} }}"
    found = {
        key: names(ada.read(query, f=wish)["users"])
        for key, wish in {
            "username": {"username": "N00"},
            "email": {"email": "ADA@"},
            "active": {"isActive": False},
            "role": {"role": "keeper"},
            "both": {"role": "user", "username": "person003", "isActive": True},
            "no role": {"role": "nobody has it"},
            "wild": {"username": "%"},
            "nothing": {"username": None, "isActive": None},
        }.items()
    }
    assert found == {
        "username": ["person003", "person002", "person001", "person000"],
        "email": ["ada"],
        "active": [],
        "role": ["ada"],
        "both": ["person003"],
        "no role": [],
        "wild": [],
        "nothing": ["person003", "person002", "person001", "person000", "ada"],
    }
    assert ada.read(query, f={"role": "nobody has it"})["users"]["totalCount"] == 0


def test_what_a_page_can_t_be_is_said_with_the_argument(still: Still) -> None:
    ada = still.ada
    cursor = ada.read(f"{{ users {{ {PAGE} }} }}")["users"]["edges"][0]["cursor"]
    faults = {
        "users(size: 0)": "size",
        "users(size: 101)": "size",
        "users(size: -1)": "size",
        "users(page: 0)": "page",
        "users(page: -5)": "page",
        "users(page: 2147483647, size: 100)": "page",
        'users(after: "nonsense")': "cursor",
        f'users(after: "{cursor}", page: 2)': "after",
        f'users(after: "{cursor}", filter: {{username: "a"}})': "cursor",
        f'users(filter: {{username: "{"x" * 101}"}})': "filter.username",
    }
    for asked, field in faults.items():
        (error,) = errors_of(ada.ask(f"{{ {asked} {{ totalCount }} }}"))
        assert error["extensions"]["field"] == field, asked


def test_an_id_that_is_none_leads_to_nobody(still: Still) -> None:
    ada = still.ada
    for one in ("x", "", "0", NOBODYS_ID, "../../etc", "x" * 5_000, "\u0661" * 32):
        assert ada.read("query($id: ID!) { user(id: $id) { id } }", id=one) == {"user": None}
        changed = "mutation($id: ID!) { updateUser(id: $id, input: {isActive: false}) { id } }"
        assert ada.refused(changed, id=one) == "user_not_found"
        assert ada.refused("mutation($id: ID!) { deleteUser(id: $id) }", id=one) == "user_not_found"
