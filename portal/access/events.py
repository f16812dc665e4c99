"""What happens to roles and their assignment."""

from dataclasses import dataclass

from portal.infra.events import Event


@dataclass(frozen=True, kw_only=True)
class AccessChanged(Event):
    """Somebody may do more or less from now on: whatever was compiled of anybody's permissions is out of date.

    `is_new` says that it is about an account of this same transaction. Nothing can have been compiled of that one
    yet, so sign-ups need not stand in line for the epoch.
    """

    is_new: bool = False


class RoleAssigned(AccessChanged):
    """A person holds a role from now on."""

    label = "role.assigned"


class BuiltInRolesCompleted(AccessChanged):
    """A start found system roles without something that they come with, and put it there."""

    label = "role.built_in_completed"


class SetupLinkMade(Event):
    """A one-time link for the first administrator was made on the host."""

    label = "setup.link_made"


class SetupRefusal(Event):
    """Somebody opened a setup link that opens nothing any more."""

    label = "setup.refused"
    outcome = "failure"
