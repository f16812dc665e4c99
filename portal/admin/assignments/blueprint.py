"""Where the pages about what one person holds hang, and what they share."""

from uuid import UUID

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.accounts.services import User
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


def to_roles(user_id: UUID) -> Response:
    """Back to all that the person holds, after a change."""
    return see_other(url_for("admin_assignments.roles", user_id=user_id))
