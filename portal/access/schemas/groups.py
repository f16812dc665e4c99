"""What is taken in about groups."""

from uuid import UUID

from portal.access.schemas.fields import Description, GroupName, Reason, Until
from portal.accounts.schemas import Input


class EditGroup(Input):
    """What a group is called, and whether people may ask to be in it."""

    name: GroupName
    description: Description = ""
    is_requestable: bool = False


class CreateGroup(EditGroup):
    """A new group, with nobody in it."""


class AddMember(Input):
    """A person for a group, perhaps until a date."""

    user_id: UUID
    expires_at: Until = None
    reason: Reason = None


class GiveGroupRole(Input):
    """A role for everybody in a group, perhaps until a date."""

    role_id: UUID
    expires_at: Until = None
    reason: Reason = None


class AddGroupAdministrator(Input):
    """A person who is to look after a group."""

    user_id: UUID
    reason: Reason = None
