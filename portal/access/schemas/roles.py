"""What is taken in about roles, what they permit, and who gets them."""

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from portal.access.schemas.fields import Action, Description, Document, Reason, RoleName, Until
from portal.accounts.rules import fold_identifier
from portal.accounts.schemas import Input, OneLine

MOST_PERMISSIONS: Final = 2_000


class EditRole(Input):
    """What a role is called and who answers for it: a username, an address or an id, or nobody."""

    name: RoleName
    description: Description = ""
    owner: Annotated[str, Field(max_length=254), OneLine, AfterValidator(fold_identifier)] | None = None
    is_requestable: bool = False


class CreateRole(EditRole):
    """A new role. It permits nothing yet."""


class PermissionWish(Input):
    """A role is to permit this, always or under conditions."""

    resource_id: UUID
    action: Action
    conditions: dict[str, Any] | None = None


class SetPermissions(Input):
    """Everything that a role is to permit; what is not in it, it does not permit any more."""

    permissions: Annotated[tuple[PermissionWish, ...], Field(max_length=MOST_PERMISSIONS)] = ()


class GiveRole(Input):
    """A role for a person, perhaps until a date."""

    role_id: UUID
    expires_at: Until = None
    reason: Reason = None


class ChangeTerm(Input):
    """Another end, or none, for an assignment, a membership or a role of a group."""

    expires_at: Until = None
    reason: Reason = None


class Take(Input):
    """Somebody loses something, and why."""

    reason: Reason = None


class SetUserAttributes(Input):
    """What an operator notes of a person, for conditions; all of it at once."""

    attributes: Document = Field(default_factory=dict)
