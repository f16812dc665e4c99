"""Things as people name them at a terminal: by name, address, client ID or id."""

from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from portal.cli.exits import Stop
from portal.infra.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.access.repository import Group, Role
    from portal.access.repository.resources import Resource
    from portal.accounts.services import User
    from portal.clients.repository import Client


T = TypeVar("T")


def person_named(session: "Session", name: str) -> "User":
    """By username, address or id.

    Raises:
        NotFound: nobody is called that.
    """
    from portal.accounts.repository import Users  # noqa: PLC0415 - a command loads what it needs
    from portal.accounts.rules import fold_identifier  # noqa: PLC0415

    users, number = Users(session), as_id(name)
    found = users.get(number) if number else users.by_identifier(fold_identifier(name[:254]))
    return _there(found, f"nobody has the username, address or id “{name[:100]}”", code="user_not_found")


def group_named(session: "Session", name: str) -> "Group":
    """By name or id."""
    from portal.access.repository import Groups  # noqa: PLC0415

    groups, number = Groups(session), as_id(name)
    found = groups.get(number) if number else groups.by_name(name)
    return _there(found, f"there is no group “{name[:100]}”", code="group_not_found")


def role_named(session: "Session", name: str) -> "Role":
    """By name or id."""
    from portal.access.repository import Roles  # noqa: PLC0415

    roles, number = Roles(session), as_id(name)
    found = roles.get(number) if number else roles.by_name(name)
    return _there(found, f"there is no role “{name[:100]}”", code="role_not_found")


def resource_named(session: "Session", name: str) -> "Resource":
    """By name or id."""
    from portal.access.repository import Resources  # noqa: PLC0415

    resources, number = Resources(session), as_id(name)
    found = resources.get(number) if number else resources.by_name(name)
    return _there(found, f"there is no resource “{name[:100]}”", code="resource_not_found")


def client_named(session: "Session", name: str) -> "Client":
    """By client ID or id: names of apps are not unique."""
    from portal.clients.repository import Clients  # noqa: PLC0415

    clients, number = Clients(session), as_id(name)
    found = (clients.find(number) if number else None) or clients.by_client_id(name)
    return _there(found, f"there is no app with the client ID or id “{name[:100]}”", code="client_not_found")


def as_id(text: str) -> UUID | None:
    """The id that the text is, if it is one."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def place_of(cursor: str) -> UUID | None:
    """Where a list in the order of its ids goes on.

    Raises:
        Stop: it is no such place.
    """
    place = as_id(cursor)
    if cursor and place is None:
        raise Stop("--cursor: it is of another list; begin without it")
    return place


def _there(found: T | None, words: str, *, code: str) -> T:
    if found is None:
        raise NotFound(words, code=code)
    return found
