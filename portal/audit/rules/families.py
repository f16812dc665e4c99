"""Actions by what they are about, for filters."""

from collections.abc import Mapping
from typing import Final

from portal.audit.rules.sentences import SENTENCES

# What a filter offers: a name, and how the actions behind it begin. An action belongs to the first that fits.
_FAMILIES: Final = (
    ("sign-ins", "Signing in and out", ("user.sign_in", "user.signed_in", "user.locked", "session.")),
    ("people", "User accounts", ("user.", "bulk.")),
    ("roles", "Roles and resources", ("role.", "resource.")),
    ("groups", "Groups", ("group.",)),
    ("requests", "Requests and reviews", ("access_request.", "access_review.")),
    ("apps", "Apps", ("client.",)),
    ("consents", "What people allowed apps", ("consent.",)),
    ("tokens", "Codes and tokens", ("tokens.", "code.", "refresh.")),
    ("portal", "The portal itself", ("",)),
)
GROUP_NAMES: Final[Mapping[str, str]] = {key: name for key, name, _ in _FAMILIES}


def group_of(action: str) -> str:
    """The key of the family that the action belongs to."""
    return next(key for key, _, beginnings in _FAMILIES if action.startswith(beginnings))


def actions_of(group: str) -> tuple[str, ...]:
    """Every action of a family; none for a family that there is not."""
    return tuple(action for action in SENTENCES if group_of(action) == group)
