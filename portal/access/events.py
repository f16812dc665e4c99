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


class AccessRequestOpened(Event):
    """Somebody asks for a role, a group or an app."""

    label = "access_request.opened"


class AccessRequestApproved(Event):
    """The request was granted; that something was given is an event of its own beside this one."""

    label = "access_request.approved"


class AccessRequestRefused(Event):
    """The request was looked at, and the answer is no."""

    label = "access_request.refused"


class AccessRequestWithdrawn(Event):
    """Whoever asked does not want it any more."""

    label = "access_request.withdrawn"


class AccessReviewStarted(Event):
    """Somebody is to look again at everybody who holds a role or is in a group."""

    label = "access_review.started"


class AccessKept(Event):
    """A reviewer looked, and it stays as it is."""

    label = "access_review.kept"


class AccessEnded(Event):
    """A reviewer looked, and it ended; what was taken is an event of its own beside this one."""

    label = "access_review.ended"


class AccessReviewFinished(Event):
    """Nothing of the review changes from now on; whoever was not looked at was left as they were."""

    label = "access_review.finished"
