"""What is taken in about access: nothing unasked for, nothing unbounded, nothing that breaks a page or a database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from portal.access.schemas import (
    AddGroupAdministrator,
    AddMember,
    ChangeTerm,
    CreateGroup,
    CreateResource,
    CreateRole,
    EditGroup,
    EditResource,
    EditRole,
    GiveGroupRole,
    GiveRole,
    PermissionWish,
    SetPermissions,
    SetUserAttributes,
    Take,
)
from portal.access.schemas.fields import LARGEST_DOCUMENT_BYTES, MOST_ATTRIBUTES
from portal.infra.ids import new_id

ONE_OF_EACH: dict[type[BaseModel], dict[str, Any]] = {
    AddGroupAdministrator: {"user_id": new_id()},
    AddMember: {"user_id": new_id()},
    ChangeTerm: {},
    CreateGroup: {"name": "Engineering"},
    CreateResource: {"name": "ledger", "type": "book"},
    CreateRole: {"name": "deployer"},
    EditGroup: {"name": "Engineering"},
    EditResource: {"name": "ledger", "type": "book"},
    EditRole: {"name": "deployer"},
    GiveGroupRole: {"role_id": new_id()},
    GiveRole: {"role_id": new_id()},
    PermissionWish: {"resource_id": new_id(), "action": "read"},
    SetPermissions: {},
    SetUserAttributes: {},
    Take: {},
}

UNASKED = ("id", "is_system", "assigned_by", "added_by", "created_at", "owner_id", "permissions_", "user")

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("schema", ONE_OF_EACH, ids=lambda schema: schema.__name__)
def test_nobody_sets_what_is_not_asked_for(schema: type[BaseModel]) -> None:
    """GHSA-5wcc-hf24-rf5h and its kin: whatever else stands in the input is refused, not dropped and not taken."""
    schema.model_validate(ONE_OF_EACH[schema])
    for name in UNASKED:
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            schema.model_validate({**ONE_OF_EACH[schema], name: True})


@pytest.mark.parametrize("schema", ONE_OF_EACH, ids=lambda schema: schema.__name__)
@given(value=anything)
def test_no_value_of_any_field_breaks_anything(schema: type[BaseModel], value: object) -> None:
    for name in schema.model_fields:
        given_fields = {**ONE_OF_EACH[schema], name: value}
        try:
            taken = schema.model_validate(given_fields)
        except ValidationError:
            continue
        assert "\0" not in "".join(one for one in taken.model_dump().values() if isinstance(one, str))


@given(document=st.one_of(st.text(), st.binary(), anything))
def test_attributes_are_bounded_and_can_be_written(document: object) -> None:
    try:
        taken = SetUserAttributes.model_validate({"attributes": document})
    except ValidationError:
        return
    assert len(taken.attributes) <= MOST_ATTRIBUTES
    written = taken.model_dump_json()
    assert len(written) <= LARGEST_DOCUMENT_BYTES * 2
    assert SetUserAttributes.model_validate_json(written) == taken


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**64, "\ud800", {1: 2}, object()])
def test_what_a_database_could_not_keep_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        SetUserAttributes.model_validate({"attributes": {"level": value}})
