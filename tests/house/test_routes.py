"""The rows of route_matrix.py and the routes of the application are the same ones. What they say is held by
test_roles.py and test_safe_methods.py.
"""

from typing import TYPE_CHECKING

from portal.access.rules import ACTIONS, PORTAL_RESOURCES
from tests.fuzz.fields import FIELDS
from tests.house.route_matrix import CACHED, ROUTES, WRITTEN_BY_A_LOOK

if TYPE_CHECKING:
    from flask import Flask


def test_every_route_has_a_row_and_every_row_a_route(app: "Flask") -> None:
    assert set(app.view_functions) == set(ROUTES)


def test_guards_ask_for_what_the_rows_say(app: "Flask") -> None:
    asked = {
        endpoint: ":".join(view.required_permission)
        for endpoint, view in app.view_functions.items()
        if hasattr(view, "required_permission")
    }
    assert asked == {endpoint: row for endpoint, row in ROUTES.items() if ":" in row}


def test_rows_name_permissions_that_there_are() -> None:
    named = {tuple(row.split(":")) for row in ROUTES.values() if ":" in row}
    assert named <= {(resource, action) for resource in PORTAL_RESOURCES for action in ACTIONS}


def test_what_is_said_of_routes_elsewhere_is_said_of_these() -> None:
    assert {*CACHED, *WRITTEN_BY_A_LOOK, *FIELDS} <= set(ROUTES)
