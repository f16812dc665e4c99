"""What happens to people and their accounts."""

from collections.abc import Mapping
from typing import Final

from portal.audit.rules.sentences.words import Words

PEOPLE: Final[Mapping[str, Words]] = {
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
    "user.password_set": Words(
        text="{actor} set a password for {user}", icon="rectangle-ellipsis", tone="warning"
    ),
    "user.password_link_made": Words(
        text="{actor} made a link by which {user} sets a password", icon="link", tone="warning"
    ),
    "user.email_change_asked": Words(
        text="{actor} asked for another email address of {user}",
        own="{actor} asked for another email address",
        icon="mail-question-mark",
    ),
    "user.email_change_refused": Words(
        text="{actor} opened a link to a new address that is used up or too old", icon="mail-x", tone="danger"
    ),
    "user.email_verified": Words(text="{user} proved their email address", icon="mail-check", tone="success"),
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
    "user.deleted": Words(text="{actor} deleted the account of {user}", icon="user-round-x", tone="danger"),
    "user.enabled": Words(text="{actor} enabled {user} again", icon="user-round-check", tone="success"),
    "user.invited": Words(text="{actor} invited {user} to set a password", icon="send", tone="accent"),
    "bulk.started": Words(text="{actor} started {bulk_job}", icon="list-checks", tone="accent"),
    "bulk.cancel_asked": Words(text="{actor} cancelled {bulk_job}", icon="circle-stop", tone="warning"),
    "bulk.ended": Words(text="{bulk_job} has ended", icon="list-checks"),
    "bulk.failed": Words(text="{bulk_job} was stopped by the portal", icon="circle-x", tone="danger"),
    # written until imports became jobs, and still told of
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
    "user.administrator_recovered": Words(
        text="{actor} made a link at the host that lets {user} in as administrator",
        icon="life-buoy",
        tone="warning",
    ),
    "setup.link_made": Words(text="{actor} made a one-time setup link", icon="link"),
    "setup.refused": Words(
        text="{actor} opened a setup link that opens nothing any more", icon="link", tone="danger"
    ),
}
