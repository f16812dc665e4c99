"""What happens to roles, groups, resources and their assignment, and to requests and reviews of it."""

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


class RoleAssignmentChanged(AccessChanged):
    """A person holds a role until another date than before."""

    label = "role.assignment_changed"


class RoleUnassigned(AccessChanged):
    """A person does not hold a role directly any more; a group may still give it."""

    label = "role.unassigned"


class RoleCreated(AccessChanged):
    """There is a new role; nobody holds it, and it permits nothing yet."""

    label = "role.created"


class RoleEdited(AccessChanged):
    """A role is called, described or owned otherwise. What it permits is an event of its own."""

    label = "role.edited"


class RolePermissionsChanged(AccessChanged):
    """A role permits more, less, or under other conditions; before and after hold only what differs."""

    label = "role.permissions_changed"


class RoleDeleted(AccessChanged):
    """A role is gone, and with it every assignment of it to people, groups and apps."""

    label = "role.deleted"


class GroupCreated(AccessChanged):
    """There is a new group, with nobody in it."""

    label = "group.created"


class GroupEdited(AccessChanged):
    """A group is called or described otherwise."""

    label = "group.edited"


class GroupDeleted(AccessChanged):
    """A group is gone; nobody holds a role by it any more. Touches the roles that it gave."""

    label = "group.deleted"


class GroupMemberAdded(AccessChanged):
    """A person is in a group, and holds the roles that it gives."""

    label = "group.member_added"


class GroupMemberChanged(AccessChanged):
    """A person is in a group until another date than before."""

    label = "group.member_changed"


class GroupMemberRemoved(AccessChanged):
    """A person is not in a group any more."""

    label = "group.member_removed"


class GroupRoleGiven(AccessChanged):
    """Everybody in a group holds a role by it."""

    label = "group.role_given"


class GroupRoleChanged(AccessChanged):
    """A group gives a role until another date than before."""

    label = "group.role_changed"


class GroupRoleTaken(AccessChanged):
    """A group does not give a role any more."""

    label = "group.role_taken"


class GroupAdministratorAdded(AccessChanged):
    """A person may add and remove members of a group."""

    label = "group.administrator_added"


class GroupAdministratorRemoved(AccessChanged):
    """A person may not add and remove members of a group any more."""

    label = "group.administrator_removed"


class ResourceCreated(AccessChanged):
    """There is something more that permissions may speak about."""

    label = "resource.created"


class ResourceEdited(AccessChanged):
    """A resource is called or described otherwise; conditions may compare its metadata."""

    label = "resource.edited"


class ResourceDeleted(AccessChanged):
    """A resource is gone, and with it every permission on it."""

    label = "resource.deleted"


class UserAttributesSet(AccessChanged):
    """What an operator notes of a person changed; conditions may compare it."""

    label = "user.attributes_set"


class BuiltInRolesCompleted(AccessChanged):
    """A start found system roles without something that they come with, and put it there."""

    label = "role.built_in_completed"


class AccessRefused(Event):
    """Somebody was told no; `details` hold the whole explanation, as it was at that moment."""

    label = "access.refused"
    outcome = "failure"


class AdministratorRecovered(Event):
    """Somebody at the host made a person an administrator again, and a link by which they get in."""

    label = "user.administrator_recovered"


class SetupLinkMade(Event):
    """A one-time link for the first administrator was made on the host."""

    label = "setup.link_made"


class SetupRefusal(Event):
    """Somebody opened a setup link that opens nothing any more."""

    label = "setup.refused"
    outcome = "failure"


class AccessRequestChanged(Event):
    """What they share: afterwards another number of requests waits for somebody."""


class AccessRequestOpened(AccessRequestChanged):
    """Somebody asks for a role, a group or an app."""

    label = "access_request.opened"


class AccessRequestApproved(AccessRequestChanged):
    """The request was granted; that something was given is an event of its own beside this one."""

    label = "access_request.approved"


class AccessRequestRefused(AccessRequestChanged):
    """The request was looked at, and the answer is no."""

    label = "access_request.refused"


class AccessRequestWithdrawn(AccessRequestChanged):
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
