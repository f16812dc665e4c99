"""Resources for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.access.repository import Resources
from tests.admin.holding import new_resource, new_role, permitted
from tests.api.conftest import error_of

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.api.conftest import Program

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_resource_comes_is_called_otherwise_and_goes_with_its_permissions(
    portal: Portal, maya: Program
) -> None:
    wish = {"name": "wiki", "type": "service", "metadata": {"region": "north", "tier": 2}}
    made = maya.post("/resources", wish)
    assert made.status_code == 201
    path = made.headers["Location"].removeprefix("/api/v1")
    editor = new_role(portal, "editor", {"wiki:read": None})
    renamed = maya.patch(path, {"name": "handbook", "metadata": {"tier": None}})
    assert renamed.get_json()["metadata"] == {"region": "north"}
    assert permitted(portal, editor) == {"handbook:read": None}
    error_of(maya.patch(path, {"name": "x"}, {"If-Match": made.headers["ETag"]}), 412)
    error_of(maya.patch(path, {"metadata": {"nested": {"a": 1}}}), 400)
    assert maya.delete(path, preview="true").get_json()["is_exact"]
    assert maya.delete(path, reason="Closed").status_code == 204
    assert permitted(portal, editor) == {}
    error_of(maya.get(path), 404)


def test_the_portals_own_rooms_stay_what_pages_ask_for(portal: Portal, maya: Program) -> None:
    with portal.reading() as session:
        users = Resources(session).by_name("user")
        assert users is not None
    path = f"/resources/{users.id}"
    assert maya.read(path)["is_system"]
    for answer in (maya.patch(path, {"name": "people"}), maya.delete(path)):
        assert error_of(answer, 409)["error"] == "part_of_the_portal"
    error_of(maya.post("/resources", {"name": "mine", "type": "portal"}), 409)


def test_resources_are_found_filtered_and_sorted(portal: Portal, maya: Program) -> None:
    new_resource(portal, "wiki")
    new_resource(portal, "archive", type="store")
    assert [one["name"] for one in maya.read("/resources", q="wik")["items"]] == ["wiki"]
    assert [one["name"] for one in maya.read("/resources", type="store")["items"]] == ["archive"]
    by_type = [one["type"] for one in maya.read("/resources", sort="type", limit=100)["items"]]
    assert by_type == sorted(by_type)
    first = maya.read("/resources", sort="type", limit=3)
    second = maya.read("/resources", sort="type", limit=3, cursor=first["next"])
    assert maya.read("/resources", sort="type", limit=3, cursor=second["previous"])["items"] == first["items"]
