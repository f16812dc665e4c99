"""Saved filters, and who sees them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.audit.errors import ViewNotFound
from portal.audit.models import SavedView

MOST_VIEWS: Final = 100
"""How many one person may keep."""
_MOST_SHOWN: Final = 200


class SavedViews:
    """Each is its maker's; shared ones are seen by everybody who may read the log."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def seen_by(self, user_id: UUID) -> Sequence[SavedView]:
        """One's own and those that others share, by name."""
        query = select(SavedView).where(or_(SavedView.user_id == user_id, SavedView.is_shared))
        return self._session.scalars(
            query.order_by(func.lower(SavedView.name), SavedView.id).limit(_MOST_SHOWN)
        ).all()

    def get(self, view_id: UUID, *, seen_by: UUID) -> SavedView:
        """One that this person may see.

        Raises:
            ViewNotFound: there is none, or it is somebody else's own.
        """
        view = self._session.get(SavedView, view_id)
        if view is None or not (view.is_shared or view.user_id == seen_by):
            raise ViewNotFound
        return view

    def get_own(self, view_id: UUID, *, owner_id: UUID) -> SavedView:
        """One to change.

        Raises:
            ViewNotFound: there is none, or it is not theirs to change.
        """
        view = self._session.get(SavedView, view_id)
        if view is None or view.user_id != owner_id:
            raise ViewNotFound
        return view

    def named(self, name: str, *, owner_id: UUID) -> SavedView | None:
        """Their own of this name, in whatever case it is written."""
        query = select(SavedView).where(SavedView.user_id == owner_id)
        return self._session.scalar(query.where(func.lower(SavedView.name) == name.lower()))

    def count_of(self, owner_id: UUID) -> int:
        return self._session.scalar(select(func.count()).where(SavedView.user_id == owner_id)) or 0
