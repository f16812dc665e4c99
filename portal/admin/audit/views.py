"""Saved views: a filter under a name, one's own or shared with everybody who may read the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, request, url_for
from sqlalchemy.orm import Session
from wtforms import BooleanField, StringField

from portal.accounts.repository import Users
from portal.admin.audit.blueprint import audit
from portal.admin.audit.wishes import LISTING, NAMES, Wish, read_wish, words_for
from portal.admin.console import page
from portal.audit.errors import TooManyViews, ViewNameTaken
from portal.audit.repository import SavedView, SavedViews
from portal.audit.schemas import SaveView
from portal.audit.usecases import delete_view, edit_view, save_view
from portal.http.context import reading, unit_of_work
from portal.http.forms import SchemaForm
from portal.http.guards import requires
from portal.http.pages import see_other
from portal.http.signing_in import current_principal
from portal.infra.errors import NotSignedIn


class ViewForm(SchemaForm[SaveView]):
    """How a view is called, and who sees it."""

    schema = SaveView

    name = StringField("Name")
    is_shared = BooleanField("Share it")


@dataclass(frozen=True)
class ListedView:
    """A view as lists show it."""

    view: SavedView
    address: str
    words: Sequence[str]
    owner: str
    """Empty where it is one's own."""


@audit.get("/admin/audit/views")
@requires("read", "audit")
def views() -> Response:
    """One's own views and those that others share."""
    with reading() as session:
        found = views_of_viewer(session)
        owners = {person.id: person.username for person in Users(session).with_ids(_others(found))}
        listed = [
            ListedView(
                view,
                _address(view.query),
                words_for(read_wish(session, view.query)),
                owners.get(view.user_id, "") if view.user_id != _viewer_id() else "",
            )
            for view in found
        ]
    return page("admin/audit/views.html", listed=listed)


@audit.route("/admin/audit/views/new", methods=["GET", "POST"])
@requires("read", "audit")
def save() -> Response:
    """Keeps the filter that stands in the address."""
    with reading() as session:
        wish = read_wish(session, request.args)
    form = ViewForm()
    wanted = form.parse()
    if wanted is not None:
        try:
            with unit_of_work() as uow:
                save_view(uow, wanted, query=query_of(wish))
        except (ViewNameTaken, TooManyViews) as problem:
            form.reject(problem)
        else:
            flash(f"Saved the view “{wanted.name}”")
            return see_other(wish.filters.to())
    return page(
        "admin/audit/view.html",
        status=form.status,
        form=form,
        view=None,
        words=words_for(wish),
        back=wish.filters.to(),
    )


@audit.get("/admin/audit/views/<uuid:view_id>")
@requires("read", "audit")
def open_view(view_id: UUID) -> Response:
    """The log as the view filters it; an address that goes on working when the view changes."""
    with reading() as session:
        view = SavedViews(session).get(view_id, seen_by=_viewer_id())
    return see_other(_address(view.query))


@audit.route("/admin/audit/views/<uuid:view_id>/edit", methods=["GET", "POST"])
@requires("read", "audit")
def edit(view_id: UUID) -> Response:
    """Another name, or for other eyes."""
    with reading() as session:
        view = SavedViews(session).get_own(view_id, owner_id=_viewer_id())
        words = words_for(read_wish(session, view.query))
    form = ViewForm(data={"name": view.name, "is_shared": view.is_shared})
    wanted = form.parse()
    if wanted is not None:
        try:
            with unit_of_work() as uow:
                edit_view(uow, view_id, wanted)
        except ViewNameTaken as problem:
            form.reject(problem)
        else:
            flash(f"Saved the view “{wanted.name}”")
            return see_other(url_for("admin_audit.views"))
    back = url_for("admin_audit.views")
    return page("admin/audit/view.html", status=form.status, form=form, view=view, words=words, back=back)


@audit.post("/admin/audit/views/<uuid:view_id>/delete")
@requires("read", "audit")
def delete(view_id: UUID) -> Response:
    """Gone, for everybody who saw it."""
    with unit_of_work() as uow:
        view = delete_view(uow, view_id)
    flash(f"Deleted the view “{view.name}”")
    return see_other(url_for("admin_audit.views"))


def views_of_viewer(session: Session) -> Sequence[SavedView]:
    """What whoever looks at the page may open."""
    return SavedViews(session).seen_by(_viewer_id())


def query_of(wish: Wish) -> Mapping[str, str]:
    """The filter as it is kept: as chosen, so that "last 7 days" stays the last seven whenever it is opened."""
    return {name: wish.filters.value(name) for name in NAMES if wish.filters.value(name)}


def _address(query: Mapping[str, str]) -> str:
    args: dict[str, Any] = {name: query[name] for name in NAMES if name in query}
    return url_for(LISTING, **args)


def _others(found: Sequence[SavedView]) -> set[UUID]:
    return {view.user_id for view in found} - {_viewer_id()}


def _viewer_id() -> UUID:
    principal = current_principal()
    if principal is None:
        raise NotSignedIn("Sign in first.")
    return principal.user_id
