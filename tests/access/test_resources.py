"""Things that permissions speak about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from portal.access.errors import ChangedMeanwhile, NameTaken, PartOfThePortal, ResourceNotFound, TooMuchToGive
from portal.access.models import Resource
from portal.access.repository import Permissions, Resources
from portal.access.schemas import CreateResource, EditResource
from portal.access.services.facts import version_of
from portal.access.usecases.resources import create_resource, delete_resource, edit_resource
from portal.infra.ids import new_id

if TYPE_CHECKING:
    from tests.access.conftest import AddPerson, House


def of_name(house: House, name: str) -> Resource:
    with house.portal.reading() as session:
        return session.scalars(select(Resource).where(Resource.name == name)).one()


def test_a_resource_is_told_whole(house: House) -> None:
    form = CreateResource.model_validate(
        {
            "name": "ledger:north",
            "type": "book",
            "description": "The books",
            "metadata": '{"region": "north", "years": [1, 2]}',
        }
    )
    with house.acting(house.ada) as uow:
        create_resource(uow, form)
    assert house.told("resource.created")[-1].after_state == {
        "name": "ledger:north",
        "type": "book",
        "description": "The books",
        "metadata": {"region": "north", "years": [1, 2]},
    }
    with house.portal.reading() as session:
        assert Resources(session).types() == ["book", "portal"]
        assert [one.name for one in Resources(session).page(search="NORTH").items] == ["ledger:north"]
        assert [one.name for one in Resources(session).page(type_="book").items] == ["ledger:north"]


@pytest.mark.parametrize("name", ["", "Ledger", "-x", ".x", "a b", "ä", "x" * 101, "a/b", "a\nb"])
def test_names_are_plain(name: str) -> None:
    with pytest.raises(ValidationError):
        CreateResource(name=name, type="book")


@pytest.mark.parametrize(
    "metadata",
    [
        "not json",
        "[1]",
        '"text"',
        {"Region": "north"},
        {"a b": 1},
        {"deep": {"er": 1}},
        {"list": [[1]]},
        {"text": "x" * 301},
        {"text": "a\0b"},
        {f"name{number}": 1 for number in range(41)},
        {f"name{number}": "x" * 290 for number in range(14)},
    ],
)
def test_metadata_is_small_and_flat(metadata: Any) -> None:  # noqa: ANN401 - whatever somebody sends
    with pytest.raises(ValidationError):
        CreateResource(name="ledger", type="book", metadata=metadata)


def test_a_form_is_told_of_the_field_in_words() -> None:
    with pytest.raises(ValidationError, match="Enter a JSON object"):
        CreateResource.model_validate({"name": "ledger", "type": "book", "metadata": "{"})


def test_names_are_taken_once_and_the_portals_type_never(house: House) -> None:
    house.role("bookkeeper", ledger=["read"])
    with pytest.raises(NameTaken), house.acting() as uow:
        create_resource(uow, CreateResource(name="ledger", type="book"))
    with pytest.raises(PartOfThePortal), house.acting() as uow:
        create_resource(uow, CreateResource(name="other", type="portal"))
    with pytest.raises(NameTaken), house.acting() as uow:
        edit_resource(uow, of_name(house, "ledger").id, EditResource(name="user", type="book"))
    with pytest.raises(PartOfThePortal), house.acting() as uow:
        edit_resource(uow, of_name(house, "ledger").id, EditResource(name="ledger", type="portal"))


def test_the_portals_own_rooms_stay(house: House) -> None:
    room = of_name(house, "audit")
    for form in (EditResource(name="log", type="portal"), EditResource(name="audit", type="app")):
        with pytest.raises(PartOfThePortal), house.acting(house.ada) as uow:
            edit_resource(uow, room.id, form)
    with pytest.raises(PartOfThePortal), house.acting(house.ada) as uow:
        delete_resource(uow, room.id)
    with house.acting(house.ada) as uow:
        edit_resource(uow, room.id, EditResource(name="audit", type="portal", metadata={"zone": "inner"}))
    assert of_name(house, "audit").metadata_ == {"zone": "inner"}


def test_permissions_move_along_with_a_name(house: House) -> None:
    role = house.role("bookkeeper", ledger=["read", "update"])
    ledger = of_name(house, "ledger")
    with house.acting(house.ada) as uow:
        edit_resource(uow, ledger.id, EditResource(name="books", type="app"))
    with house.portal.reading() as session:
        assert [one.key for one in Permissions(session).of_role(role.id)] == ["books:read", "books:update"]
    entry = house.told("role.permissions_changed")[-1]
    assert entry.resource_id == role.id
    assert entry.after_state == {
        "permissions": {
            "books:read": {"granted": True, "conditions": None},
            "books:update": {"granted": True, "conditions": None},
            "ledger:read": {"granted": False},
            "ledger:update": {"granted": False},
        }
    }


def test_another_name_for_what_roles_speak_of_is_for_who_decides_about_permissions(
    house: House, add_person: AddPerson
) -> None:
    helper = add_person("helper@example.org")
    house.give(helper, house.role("helper", resource=["admin"], sandbox=["admin"]))
    with pytest.raises(TooMuchToGive), house.acting(helper) as uow:
        edit_resource(uow, of_name(house, "sandbox").id, EditResource(name="production", type="app"))
    with house.acting(helper) as uow:
        edit_resource(
            uow, of_name(house, "sandbox").id, EditResource(name="sandbox", type="app", description="Play")
        )


def test_a_deleted_resource_takes_its_permissions_along(house: House) -> None:
    role = house.role("bookkeeper", ledger=["read"], dock=["read"])
    with house.acting(house.ada) as uow:
        delete_resource(uow, of_name(house, "ledger").id, reason="sold")
    with house.portal.reading() as session:
        assert [one.key for one in Permissions(session).of_role(role.id)] == ["dock:read"]
    assert [entry.action for entry in house.told("resource.deleted", "role.permissions")][-2:] == [
        "resource.deleted",
        "role.permissions_changed",
    ]


def test_a_form_that_is_out_of_date_changes_nothing(house: House) -> None:
    house.role("bookkeeper", ledger=["read"])
    ledger = of_name(house, "ledger")
    seen = version_of(ledger.describe())
    form = EditResource(name="ledger", type="app", metadata={"region": "north"})
    with house.acting() as uow:
        edit_resource(uow, ledger.id, form, if_unchanged=seen)
    with pytest.raises(ChangedMeanwhile), house.acting() as uow:
        edit_resource(uow, ledger.id, EditResource(name="ledger", type="app"), if_unchanged=seen)
    with pytest.raises(ChangedMeanwhile), house.acting() as uow:
        delete_resource(uow, ledger.id, if_unchanged=seen)
    with pytest.raises(ResourceNotFound), house.acting() as uow:
        delete_resource(uow, new_id())
