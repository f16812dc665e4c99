"""The rooms' common ground: one blueprint, and the person that an address names."""

from uuid import UUID

from flask import Blueprint, Response, url_for
from sqlalchemy.orm import Session

from portal.accounts.errors import UserNotFound
from portal.accounts.repository import Users
from portal.accounts.services import User
from portal.http.pages import see_other

users = Blueprint("admin_users", __name__)


def somebody(session: Session, user_id: UUID) -> User:
    """The person of that id.

    Raises:
        UserNotFound
    """
    user = Users(session).get(user_id)
    if user is None:
        raise UserNotFound
    return user


def to_person(user_id: UUID) -> Response:
    """Back to the person's page."""
    return see_other(url_for("admin_users.detail", user_id=user_id))
