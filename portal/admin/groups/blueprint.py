"""Where the pages about groups hang, who gets to them, and what they all show of one."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session

from portal.access.errors import GroupNotFound
from portal.access.repository import Group, Groups
from portal.access.repository.stewards import Stewards
from portal.admin.console import may, page
from portal.admin.stewards import requires_or, visitor
from portal.http.context import reading
from portal.http.pages import see_other
from portal.http.signing_in import Principal

P = ParamSpec("P")
R = TypeVar("R")

groups = Blueprint("admin_groups", __name__)


def requires_group_manager(action: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """For people whose roles permit `action` on groups, and for those who look after the group of the address (where it
    names none: after any).
    """
    return requires_or(_looks_after_it, action, "group")


def _looks_after_it(principal: Principal) -> bool:
    group_id = (request.view_args or {}).get("group_id")
    with reading() as session:
        duties = Stewards(session).duties_of(principal.user_id)
    return bool(duties.groups) if group_id is None else group_id in duties.groups


def may_fill(group_id: UUID) -> bool:
    """Whether this person decides who is in the group."""
    if may("update", "group"):
        return True
    with reading() as session:
        return Groups(session).is_administered_by(group_id, visitor().user_id)


def group_page(template: str, group: Group, *, tab: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
    """A page about one group, under its name and its tabs."""
    return page(f"admin/groups/{template}.html", status=status, group=group, tab=tab, **context)


def crumbs_of(group: Group, last: str) -> list[tuple[str, str | None]]:
    """The way to a page below the group's own."""
    page_name = "detail" if may("read", "group") else "members"
    return [
        ("Groups", url_for("admin_groups.listing")),
        (group.name, url_for(f"admin_groups.{page_name}", group_id=group.id)),
        (last, None),
    ]


def group_of(session: Session, group_id: UUID) -> Group:
    """By the id in the address.

    Raises:
        GroupNotFound
    """
    group = Groups(session).get(group_id)
    if group is None:
        raise GroupNotFound
    return group


def to_group(group_id: UUID, page_name: str = "detail") -> Response:
    """Back to one of the group's pages, after a change."""
    return see_other(url_for(f"admin_groups.{page_name}", group_id=group_id))
