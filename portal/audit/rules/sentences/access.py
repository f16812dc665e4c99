"""Who may do what: roles, groups, resources, requests and reviews."""

from collections.abc import Mapping
from typing import Final

from portal.audit.rules.sentences.words import Words

ACCESS: Final[Mapping[str, Words]] = {
    "role.assigned": Words(text="{actor} gave {user} the role {role}", icon="badge-check", tone="accent"),
    "role.assignment_changed": Words(
        text="{actor} changed until when {user} holds the role {role}", icon="calendar-clock", tone="accent"
    ),
    "role.unassigned": Words(text="{actor} took the role {role} from {user}", icon="badge-x", tone="danger"),
    "role.created": Words(text="{actor} created the role {role}", icon="badge-plus", tone="success"),
    "role.edited": Words(text="{actor} edited the role {role}", icon="badge-info", tone="accent"),
    "role.permissions_changed": Words(
        text="{actor} changed what the role {role} permits", icon="shield-half", tone="warning"
    ),
    "role.deleted": Words(text="{actor} deleted the role {role}", icon="trash-2", tone="danger"),
    "group.created": Words(text="{actor} created the group {group}", icon="users-round", tone="success"),
    "group.edited": Words(text="{actor} edited the group {group}", icon="users-round", tone="accent"),
    "group.deleted": Words(text="{actor} deleted the group {group}", icon="trash-2", tone="danger"),
    "group.member_added": Words(
        text="{actor} added {user} to the group {group}", icon="user-round-plus", tone="accent"
    ),
    "group.member_changed": Words(
        text="{actor} changed until when {user} is in the group {group}", icon="calendar-clock", tone="accent"
    ),
    "group.member_removed": Words(
        text="{actor} removed {user} from the group {group}",
        own="{actor} left the group {group}",
        icon="user-round-minus",
        tone="danger",
    ),
    "group.role_given": Words(
        text="{actor} gave the group {group} the role {role}", icon="badge-check", tone="accent"
    ),
    "group.role_changed": Words(
        text="{actor} changed until when the group {group} has the role {role}",
        icon="calendar-clock",
        tone="accent",
    ),
    "group.role_taken": Words(
        text="{actor} took the role {role} from the group {group}", icon="badge-x", tone="danger"
    ),
    "group.administrator_added": Words(
        text="{actor} let {user} look after the group {group}", icon="user-round-cog", tone="accent"
    ),
    "group.administrator_removed": Words(
        text="{actor} ended that {user} looks after the group {group}", icon="user-round-x", tone="danger"
    ),
    "resource.created": Words(text="{actor} created the resource {resource}", icon="box", tone="success"),
    "resource.edited": Words(text="{actor} edited the resource {resource}", icon="box", tone="accent"),
    "resource.deleted": Words(text="{actor} deleted the resource {resource}", icon="trash-2", tone="danger"),
    "user.attributes_set": Words(
        text="{actor} changed the attributes of {user}", icon="user-round-pen", tone="accent"
    ),
    "role.built_in_completed": Words(
        text="{actor} completed the permissions of the built-in roles", icon="badge-check"
    ),
    "access_request.opened": Words(text="{user} asked for {access_request}", icon="hand"),
    "access_request.approved": Words(
        text="{actor} approved that {user} gets {access_request}", icon="badge-check", tone="success"
    ),
    "access_request.refused": Words(text="{actor} refused {user} {access_request}", icon="ban"),
    "access_request.withdrawn": Words(text="{user} doesn't ask for {access_request} any more", icon="undo-2"),
    "access_review.started": Words(
        text="{actor} started a review of who has {access_review}", icon="list-checks", tone="accent"
    ),
    "access_review.kept": Words(
        text="{actor} looked again, and {user} keeps {access_review}", icon="badge-check"
    ),
    "access_review.ended": Words(
        text="{actor} looked again, and ended {access_review} for {user}",
        icon="user-round-minus",
        tone="danger",
    ),
    "access_review.finished": Words(
        text="{actor} finished the review of who has {access_review}", icon="list-checks", tone="success"
    ),
    "access.refused": Words(
        text="{user} asked for {resource} and was refused", icon="shield-x", tone="danger"
    ),
}
