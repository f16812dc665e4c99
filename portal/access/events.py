"""What happens to roles and their assignment."""

from portal.infra.events import Event


class RoleAssigned(Event):
    """A person holds a role from now on; what was compiled of their permissions is out of date."""

    label = "role.assigned"


class SetupLinkMade(Event):
    """A one-time link for the first administrator was made on the host."""

    label = "setup.link_made"


class SetupRefusal(Event):
    """Somebody opened a setup link that opens nothing any more."""

    label = "setup.refused"
    outcome = "failure"
