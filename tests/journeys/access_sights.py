"""The console's pages about roles, groups, resources and what people hold, as the inventory lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.journeys import pages
from tests.journeys.sights import Sight, Where, pressed

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.journeys.scene import Scene


def _role(page_name: str = "") -> Where:
    return lambda scene: f"/admin/roles/{scene.granted.role_id}{page_name}"


def _group(page_name: str = "") -> Where:
    return lambda scene: f"/admin/groups/{scene.granted.group_id}{page_name}"


def _resource(page_name: str = "") -> Where:
    return lambda scene: f"/admin/resources/{scene.granted.resource_id}{page_name}"


def _condition(scene: Scene) -> str:
    return f"/admin/roles/{scene.granted.role_id}/permissions/{scene.granted.permission_id}/condition"


def _role_of_group(scene: Scene) -> str:
    return f"/admin/groups/{scene.granted.group_id}/roles/{scene.granted.role_id}"


def _member(scene: Scene) -> str:
    return f"/admin/groups/{scene.granted.group_id}/members/{scene.devon.id}"


def _roles_of_devon(page_name: str = "") -> Where:
    return lambda scene: f"/admin/users/{scene.devon.id}{page_name}"


def _role_of_devon(scene: Scene) -> str:
    return f"/admin/users/{scene.devon.id}/roles/{scene.granted.role_id}"


def _taken(page: Page, _scene: Scene) -> None:
    """The button says which role it takes, and that has another name in each scene."""
    page.get_by_role("button", name="Take role").click()


def _ticked(page: Page, scene: Scene) -> None:
    """Two more actions on what the role knows of, one less, and on to the preview."""
    resource = scene.granted.resource_id
    page.locator(f'[name=grant][value="{resource}:read"]').uncheck()
    page.locator(f'[name=grant][value="{resource}:update"]').check()
    pages.press(page, "Preview the change")


def _all_kinds_of_rows(page: Page, _scene: Scene) -> None:
    """A row of each kind, in a group of its own, and a wrong value in one of them."""
    page.get_by_role("button", name="Add group", exact=True).click()
    for attribute in (
        "context.time",
        "context.weekday",
        "subject.groups",
        "context.auth_age_seconds",
        "subject.",
    ):
        page.locator("#new-1").select_option(attribute)
        page.get_by_role("button", name="Add comparison to group 1").click()
    page.locator("#value-0").fill("the office")
    page.locator("form", has=page.locator("#match-0")).get_by_role(
        "button", name="Preview the change"
    ).last.click()


ACCESS: Final[dict[str, Sight]] = {
    "admin_roles.listing": Sight("ada", "Roles", "/admin/roles"),
    "admin_roles.listing: none": Sight("ada", "Roles", "/admin/roles?q=nothing-like-that"),
    "admin_roles.new": Sight("ada", "New role", "/admin/roles/new"),
    "admin_roles.new: empty": Sight("ada", "New role", "/admin/roles/new", pressed("Create role")),
    "admin_roles.detail": Sight("ada", "editor", _role()),
    "admin_roles.permissions": Sight("ada", "editor", _role("/permissions")),
    "admin_roles.permissions: preview": Sight(
        "ada", "Change what", _role("/permissions?type=service"), _ticked
    ),
    "admin_roles.condition": Sight("ada", "editor", _condition),
    "admin_roles.condition: wrong": Sight("ada", "editor", _condition, _all_kinds_of_rows),
    "admin_roles.condition: preview": Sight("ada", "Change what", _condition, pressed("Preview removing it")),
    "admin_roles.members": Sight("ada", "editor", _role("/members")),
    "admin_roles.members: empty": Sight("ada", "editor", _role("/members"), pressed("Preview the change")),
    "admin_roles.edit": Sight("ada", "editor", _role("/edit")),
    "admin_roles.delete": Sight("ada", "Remove the role", _role(), pressed("Remove")),
    "admin_groups.listing": Sight("ada", "Groups", "/admin/groups"),
    "admin_groups.listing: one's own": Sight("devon", "Groups", "/admin/groups"),
    "admin_groups.new": Sight("ada", "New group", "/admin/groups/new"),
    "admin_groups.new: empty": Sight("ada", "New group", "/admin/groups/new", pressed("Create group")),
    "admin_groups.detail": Sight("ada", "Press", _group()),
    "admin_groups.members": Sight("ada", "Press", _group("/members")),
    "admin_groups.members: one's own": Sight(
        "devon", "Press", _group("/members"), pressed("Preview the change")
    ),
    "admin_groups.member": Sight("ada", "Press", _member),
    "admin_groups.edit": Sight("ada", "Press", _group("/edit")),
    "admin_groups.give_role": Sight("ada", "Press", _group("/roles/new"), pressed("Preview the change")),
    "admin_groups.change_role": Sight("ada", "Press", _role_of_group),
    "admin_groups.take_role": Sight("ada", "Take the role", _role_of_group, pressed("Take role")),
    "admin_groups.add_administrator": Sight("ada", "Press", _group("/administrators/new"), pressed("Add")),
    "admin_groups.delete": Sight("ada", "Remove the group", _group(), pressed("Remove")),
    "admin_resources.listing": Sight("ada", "Resources", "/admin/resources"),
    "admin_resources.listing: none": Sight("ada", "Resources", "/admin/resources?q=nothing-like-that"),
    "admin_resources.new": Sight("ada", "New resource", "/admin/resources/new", pressed("Create resource")),
    "admin_resources.detail": Sight("ada", "wiki", _resource()),
    "admin_resources.edit": Sight("ada", "wiki", _resource("/edit")),
    "admin_resources.edit: preview": Sight(
        "ada", "Change the resource", _resource("/edit"), pressed("Preview the change")
    ),
    "admin_resources.delete": Sight("ada", "Remove the resource", _resource(), pressed("Remove")),
    "admin_assignments.roles": Sight("ada", "Roles of Devon", _roles_of_devon("/roles")),
    "admin_assignments.roles: empty": Sight(
        "ada", "Roles of Devon", _roles_of_devon("/roles"), pressed("Preview the change")
    ),
    "admin_assignments.change": Sight("ada", "Roles of Devon", _role_of_devon),
    "admin_assignments.take": Sight("ada", "Take the role", _role_of_devon, _taken),
    "admin_assignments.attributes": Sight("ada", "Roles of Devon", _roles_of_devon("/attributes")),
}
