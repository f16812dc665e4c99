"""Where the pages about what one person holds hang, and what they share."""

from uuid import UUID

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from portal.access.repository import Permissions, Role, Roles
from portal.access.services.facts import iso, permission_facts
from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.admin.previews import Question
from portal.http.pages import see_other

assignments = Blueprint("admin_assignments", __name__)


def user_of(session: Session, user_id: UUID) -> User:
    """By the id in the address.

    Raises:
        UserNotFound
    """
    user = Users(session).get(user_id)
    if user is None:
        raise UserNotFound
    return user


def facts_of(session: Session, user_id: UUID, role_id: UUID) -> dict[str, object]:
    """What a preview rests on: until when this person holds the role by name, and what that permits."""
    row = Roles(session).assignment(user_id, role_id)
    return {
        "person": str(user_id),
        "expires_at": iso(row.expires_at) if row is not None else "not held",
        "permissions": permission_facts(Permissions(session).of_role(role_id)),
    }


def question_about(
    user: User, role: Role, title: str, save_label: str, *, is_danger: bool = False
) -> Question:
    """What the page between the two steps asks; `title` has `{role}` and `{person}`."""
    name = user.display_name
    return Question(
        nav="users",
        crumbs=[
            ("Users", url_for("admin_users.listing")),
            (name, url_for("admin_users.detail", user_id=user.id)),
            ("Roles", url_for("admin_assignments.roles", user_id=user.id)),
            (role.name, None),
        ],
        title=title.format(role=role.name, person=name),
        text="It takes effect with their next click."
        if user.is_active
        else "The account is disabled, so nothing changes until it is enabled again.",
        save_label=save_label,
        is_danger=is_danger,
    )


def to_roles(user_id: UUID) -> Response:
    """Back to all that the person holds, after a change."""
    return see_other(url_for("admin_assignments.roles", user_id=user_id))
