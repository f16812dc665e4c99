"""Filters of the log that somebody wants to find again."""

from collections.abc import Mapping
from uuid import UUID

from portal.audit.errors import TooManyViews, ViewNameTaken, ViewNotFound
from portal.audit.events import ViewDeleted, ViewEdited, ViewSaved
from portal.audit.models import SavedView
from portal.audit.repository.views import MOST_VIEWS, SavedViews
from portal.audit.schemas import SaveView
from portal.infra.events import changes
from portal.infra.unit_of_work import UnitOfWork


def save_view(uow: UnitOfWork, wish: SaveView, *, query: Mapping[str, str]) -> SavedView:
    """Keep a filter; it is checked again each time that it is opened.

    Raises:
        ViewNameTaken: one's own of this name is there already.
        TooManyViews
        ViewNotFound: only people have views.
    """
    owner_id, views = _owner(uow), SavedViews(uow.session)
    if views.named(wish.name, owner_id=owner_id) is not None:
        raise ViewNameTaken(wish.name)
    if views.count_of(owner_id) >= MOST_VIEWS:
        raise TooManyViews(MOST_VIEWS)
    view = SavedView(
        user_id=owner_id, name=wish.name, query=dict(query), is_shared=wish.is_shared, created_at=uow.now
    )
    uow.session.add(view)
    uow.session.flush()
    uow.publish(ViewSaved(touched=(view.ref,), after=_describe(view)))
    return view


def edit_view(uow: UnitOfWork, view_id: UUID, wish: SaveView) -> SavedView:
    """Another name, or seen by others from now on or no longer.

    Raises:
        ViewNotFound, ViewNameTaken
    """
    owner_id, views = _owner(uow), SavedViews(uow.session)
    view = views.get_own(view_id, owner_id=owner_id)
    if views.named(wish.name, owner_id=owner_id) not in {None, view}:
        raise ViewNameTaken(wish.name)
    before = _describe(view)
    view.name, view.is_shared = wish.name, wish.is_shared
    old, new = changes(before, _describe(view))
    if new:
        uow.publish(ViewEdited(touched=(view.ref,), before=old, after=new))
    return view


def delete_view(uow: UnitOfWork, view_id: UUID) -> SavedView:
    """The entries that it showed stay, of course.

    Raises:
        ViewNotFound
    """
    view = SavedViews(uow.session).get_own(view_id, owner_id=_owner(uow))
    uow.session.delete(view)
    uow.publish(ViewDeleted(touched=(view.ref,), before=_describe(view)))
    return view


def _owner(uow: UnitOfWork) -> UUID:
    """Who acts, alone with their views until the end of the unit: names are unique for each."""
    if uow.actor.kind != "user" or uow.actor.id is None:
        raise ViewNotFound
    uow.lock(f"audit.views.{uow.actor.id}")
    return uow.actor.id


def _describe(view: SavedView) -> dict[str, object]:
    return {"name": view.name, "is_shared": view.is_shared, "filter": dict(view.query)}
