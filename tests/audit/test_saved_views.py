"""Saved views as use cases: whose they are, and how many."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from portal.audit.errors import TooManyViews, ViewNameTaken, ViewNotFound
from portal.audit.repository import SavedViews
from portal.audit.repository.views import MOST_VIEWS
from portal.audit.schemas import SaveView
from portal.audit.usecases import delete_view, edit_view, save_view
from portal.infra.actor import SYSTEM, Actor

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal

AddPerson = Callable[..., "User"]


def as_actor(person: User) -> Actor:
    return Actor(kind="user", id=person.id, label=person.username)


def test_a_view_belongs_to_whoever_saved_it(portal: Portal, add_person: AddPerson) -> None:
    maya, devon = add_person("maya@example.org"), add_person("devon@example.org")
    with portal.unit_of_work(as_actor(maya)) as uow:
        view = save_view(uow, SaveView(name="Mine", is_shared=True), query={"q": "kestrel"})
    with pytest.raises(ViewNotFound), portal.unit_of_work(as_actor(devon)) as uow:
        edit_view(uow, view.id, SaveView(name="Yours"))
    with pytest.raises(ViewNotFound), portal.unit_of_work(as_actor(devon)) as uow:
        delete_view(uow, view.id)
    with portal.reading() as session:
        assert [one.name for one in SavedViews(session).seen_by(devon.id)] == ["Mine"]


def test_only_people_have_views(portal: Portal) -> None:
    with pytest.raises(ViewNotFound), portal.unit_of_work(SYSTEM) as uow:
        save_view(uow, SaveView(name="Nobody's"), query={})


def test_a_view_keeps_its_name_when_only_its_sharing_changes(portal: Portal, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    with portal.unit_of_work(as_actor(maya)) as uow:
        view = save_view(uow, SaveView(name="Mine"), query={})
        save_view(uow, SaveView(name="Other"), query={})
    with portal.unit_of_work(as_actor(maya)) as uow:
        assert edit_view(uow, view.id, SaveView(name="MINE", is_shared=True)).is_shared
    with pytest.raises(ViewNameTaken), portal.unit_of_work(as_actor(maya)) as uow:
        edit_view(uow, view.id, SaveView(name="other"))


def test_there_is_a_most(portal: Portal, add_person: AddPerson) -> None:
    maya = add_person("maya@example.org")
    with portal.unit_of_work(as_actor(maya)) as uow:
        for number in range(MOST_VIEWS):
            save_view(uow, SaveView(name=f"View {number}"), query={})
    with pytest.raises(TooManyViews), portal.unit_of_work(as_actor(maya)) as uow:
        save_view(uow, SaveView(name="One more"), query={})
