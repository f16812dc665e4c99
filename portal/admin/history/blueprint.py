"""Where the pages of the time machine hang, and the rows that have a history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint

history = Blueprint("admin_history", __name__)


@dataclass(frozen=True)
class Kind:
    """A type of row as pages name it, and the page on which one of them stands."""

    name: str
    plural: str
    nav: str
    page: str
    argument: str
    listing: str
    resource: str
    """The resource of the portal that permissions on such rows speak of."""


KINDS: Final[Mapping[str, Kind]] = {
    "user": Kind("User", "Users", "users", "admin_users.detail", "user_id", "admin_users.listing", "user"),
    "group": Kind("Group", "Groups", "groups", "admin_groups.detail", "group_id", "admin_groups.listing", "group"),
    "role": Kind("Role", "Roles", "roles", "admin_roles.detail", "role_id", "admin_roles.listing", "role"),
    "resource": Kind(
        "Resource", "Resources", "resources", "admin_resources.detail", "resource_id", "admin_resources.listing",
        "resource",
    ),
    "client": Kind("App", "Apps", "apps", "admin_clients.detail", "client_pk", "admin_clients.listing", "client"),
}  # fmt: skip
