"""Where the pages about roles hang, and what they all show of one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from portal.access.errors import RoleNotFound
from portal.access.repository import Role, Roles
from portal.access.rules import DEFAULT_ROLE
from portal.admin.console import page
from portal.http.pages import see_other

roles = Blueprint("admin_roles", __name__)


def role_page(template: str, role: Role, *, tab: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
    """A page about one role, under its name and its tabs."""
    return page(
        f"admin/roles/{template}.html",
        status=status,
        role=role,
        tab=tab,
        is_reviewable=role.name != DEFAULT_ROLE,
        **context,
    )


def crumbs_of(role: Role, last: str) -> list[tuple[str, str | None]]:
    """The way to a page below the role's own."""
    return [
        ("Roles", url_for("admin_roles.listing")),
        (role.name, url_for("admin_roles.detail", role_id=role.id)),
        (last, None),
    ]


def role_of(session: Session, role_id: UUID) -> Role:
    """By the id in the address.

    Raises:
        RoleNotFound
    """
    role = Roles(session).get(role_id)
    if role is None:
        raise RoleNotFound
    return role


def to_role(role_id: UUID, page_name: str = "detail") -> Response:
    """Back to one of the role's pages, after a change."""
    return see_other(url_for(f"admin_roles.{page_name}", role_id=role_id))
