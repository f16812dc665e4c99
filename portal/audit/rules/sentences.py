"""Every action as a sentence. A name in braces is a row by its type; {actor} is who did it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Words:
    """How an action is told. `own` is for people who did it to themselves; icon and tone are the page's."""

    text: str
    own: str = ""
    icon: str = "circle-dot"
    tone: str = ""


# People by what happens to their account, apps by what happens to them, then what people do with apps.
SENTENCES: Final[Mapping[str, Words]] = {
    "user.created": Words(text="{user} got an account", icon="user-round-plus", tone="success"),
    "user.sign_up_started": Words(text="{actor} asked for an account", icon="user-round-plus"),
    "user.email_code_refused": Words(
        text="{actor} gave a wrong code for an address", icon="mail-x", tone="danger"
    ),
    "user.profile_edited": Words(
        text="{actor} edited the profile of {user}", own="{actor} edited their profile", icon="user-round-pen"
    ),
    "user.password_changed": Words(text="{user} changed their password", icon="rectangle-ellipsis"),
    "user.password_reset": Words(
        text="{user} set a new password by a mailed link", icon="rectangle-ellipsis", tone="warning"
    ),
    "user.email_change_asked": Words(
        text="{actor} asked for another email address of {user}",
        own="{actor} asked for another email address",
        icon="mail-question-mark",
    ),
    "user.email_change_refused": Words(
        text="{actor} opened a link to a new address that is used up or too old", icon="mail-x", tone="danger"
    ),
    "user.email_changed": Words(
        text="{actor} changed the email address of {user}",
        own="{actor} changed their email address",
        icon="mail",
        tone="warning",
    ),
    "user.recovery_asked": Words(text="{actor} asked for a recovery link", icon="mail-question-mark"),
    "user.recovery_sent": Words(text="{actor} sent a recovery link to {user}", icon="send"),
    "user.recovery_refused": Words(
        text="{actor} opened a recovery link that is used up or too old", icon="mail-x", tone="danger"
    ),
    "user.disabled": Words(text="{actor} disabled {user}", icon="user-round-x", tone="danger"),
    "user.enabled": Words(text="{actor} enabled {user} again", icon="user-round-check", tone="success"),
    "user.invited": Words(text="{actor} invited {user} to set a password", icon="send", tone="accent"),
    "users.imported": Words(text="{actor} took in people from a file", icon="upload", tone="accent"),
    "users.exported": Words(text="{actor} exported a list of users", icon="download", tone="warning"),
    "users.crowd_invented": Words(text="{actor} filled the portal with invented people", icon="users-round"),
    "user.signed_in": Words(text="{user} signed in", icon="log-in"),
    "user.sign_in_failed": Words(text="A sign-in as {user} failed", icon="circle-x", tone="danger"),
    "user.locked_out": Words(
        text="Sign-in as {user} has to wait after too many failures", icon="lock-keyhole", tone="danger"
    ),
    "session.ended": Words(
        text="{actor} ended a session of {user}", own="{actor} signed out", icon="log-out"
    ),
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
    "user.administrator_recovered": Words(
        text="{actor} made a link at the host that lets {user} in as administrator",
        icon="life-buoy",
        tone="warning",
    ),
    "setup.link_made": Words(text="{actor} made a one-time setup link", icon="link"),
    "setup.refused": Words(
        text="{actor} opened a setup link that opens nothing any more", icon="link", tone="danger"
    ),
    "client.registered": Words(
        text="{actor} registered the app {client}", icon="layout-grid", tone="success"
    ),
    "client.edited": Words(text="{actor} changed settings of {client}", icon="settings-2", tone="accent"),
    "client.access_changed": Words(
        text="{actor} changed who may use {client}", icon="badge-check", tone="accent"
    ),
    "client.secret_rotated": Words(text="{actor} made a new secret for {client}", icon="refresh-cw"),
    "client.secret_revoked": Words(
        text="{actor} revoked a secret of {client}", icon="key-round", tone="danger"
    ),
    "client.vouched_for": Words(
        text="{actor} vouched for the app {client}", icon="badge-check", tone="success"
    ),
    "client.metadata_changed": Words(
        text="The app {client} changed its own settings", icon="settings-2", tone="accent"
    ),
    "initial_access_token.made": Words(
        text="{actor} made a token with which apps can register themselves", icon="key-round", tone="warning"
    ),
    "initial_access_token.revoked": Words(
        text="{actor} revoked a token with which apps could register themselves", icon="key-round"
    ),
    "client.disabled": Words(text="{actor} disabled the app {client}", icon="circle-pause", tone="danger"),
    "client.enabled": Words(
        text="{actor} enabled the app {client} again", icon="circle-play", tone="success"
    ),
    "client.deleted": Words(text="{actor} removed the app {client}", icon="trash-2", tone="danger"),
    "client.sign_in_simulated": Words(
        text="{actor} simulated a sign-in of {user} to {client}", icon="route", tone="accent"
    ),
    "client.signed_in": Words(text="{user} signed in to {client}", icon="log-in"),
    "client.signed_out": Words(text="{user} signed out in {client}", icon="log-out"),
    "client.logout_repeated": Words(
        text="{actor} had {client} told once more that {user} signed out", icon="send", tone="accent"
    ),
    "client.turned_away": Words(
        text="{user} came from {client}, which is closed to them", icon="lock-keyhole", tone="warning"
    ),
    "client.redirect_refused": Words(
        text="A request for {client} named an address that isn't registered", icon="route-off", tone="danger"
    ),
    "client.refused": Words(
        text="Somebody spoke for {client} and could not prove it", icon="shield-x", tone="danger"
    ),
    "consent.granted": Words(text="{user} allowed {client} to use their account", icon="handshake"),
    "consent.denied": Words(text="{user} said no to {client}", icon="hand"),
    "consent.revoked": Words(
        text="{actor} disconnected {client} from {user}", own="{actor} disconnected {client}", icon="unplug"
    ),
    "tokens.issued": Words(text="{client} got an access token", icon="ticket"),
    "tokens.key_missing": Words(
        text="{client} asks for encrypted tokens and has no key for them", icon="key-round", tone="danger"
    ),
    "tokens.inspected": Words(text="{actor} looked at a token", icon="search"),
    "tokens.ended": Words(
        text="{actor} ended the tokens of {user} at {client}", icon="ticket-x", tone="warning"
    ),
    "tokens.revoked": Words(text="{client} gave a token back", icon="ticket-x"),
    "code.refused": Words(text="A code for {client} was refused", icon="shield-x", tone="danger"),
    "code.replayed": Words(
        text="A code for {client} came twice; its tokens were revoked", icon="shield-alert", tone="danger"
    ),
    "refresh.reused": Words(
        text="A refresh token of {client} came twice; its chain was revoked",
        icon="shield-alert",
        tone="danger",
    ),
    "keys.created": Words(text="{actor} made the signing keys", icon="key-round", tone="success"),
    "keys.rotated": Words(text="{actor} rotated a signing key", icon="refresh-cw", tone="success"),
    "keys.revoked": Words(text="{actor} revoked a signing key", icon="key-round", tone="danger"),
    "audit.exported": Words(
        text="{actor} exported entries of the audit log", icon="download", tone="warning"
    ),
    "audit.view_saved": Words(text="{actor} saved the view {saved_view}", icon="bookmark"),
    "audit.view_edited": Words(text="{actor} changed the view {saved_view}", icon="bookmark"),
    "audit.view_deleted": Words(text="{actor} deleted the view {saved_view}", icon="bookmark"),
    "history.restored": Words(
        text="{actor} put back an earlier state of {subject}", icon="history", tone="accent"
    ),
    "throttle.refused": Words(
        text="An address had to wait after too many tries", icon="timer", tone="danger"
    ),
    "history.broken": Words(
        text="The audit log was found changed behind the portal's back", icon="shield-alert", tone="danger"
    ),
    "history.verified": Words(text="{actor} verified the audit log", icon="shield-check", tone="success"),
    "history.pruned": Words(text="The oldest entries of the audit log were removed by age", icon="archive"),
    "history.person_erased": Words(
        text="{actor} erased what the audit log said of a person", icon="eraser", tone="warning"
    ),
    "mail.read": Words(text="{actor} read a mail to {mail}", icon="mail-open", tone="warning"),
}


def words_of(action: str) -> Words:
    """The action's words; one that has none is told by its own name rather than not at all."""
    return SENTENCES.get(action) or Words(text=f"{{actor}}: {action.replace('.', ' ').replace('_', ' ')}")
