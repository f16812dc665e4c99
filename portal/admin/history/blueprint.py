"""Where the pages of the time machine hang, and the rows that have a history."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Final
from uuid import UUID

from flask import Blueprint, Response

from portal.http.guards import requires
from portal.infra.errors import NotFound

View = Callable[[str, UUID], Response]

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


class NoHistory(NotFound):
    """Neither a row nor an entry has this id, or rows of that type have no history."""

    code = "no_history"

    def __init__(self) -> None:
        super().__init__("There is no such record, and the audit log knows of none that there was.")


def kind_of(kind: str) -> Kind:
    """What an address speaks of.

    Raises:
        NoHistory: there is no such type.
    """
    if kind not in KINDS:
        raise NoHistory
    return KINDS[kind]


def requires_of_row(action: str) -> Callable[[View], View]:
    """Only for people who may read the log, out of which the past is told, and may do `action` on rows of the type."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(kind: str, row_id: UUID) -> Response:
            on_row = requires(action, kind_of(kind).resource)(view)
            return requires("read", "audit")(on_row)(kind, row_id)

        # where routes are listed with what they ask for, the first type stands for all
        guarded.required_permission = (next(iter(KINDS)), action)  # type: ignore[attr-defined]
        return guarded

    return guard
