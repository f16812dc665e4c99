"""Which entries say how a row was: what it had of its own, and what bound it to others."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from portal.audit.rules.sentences import SENTENCES

Effect = Literal["given", "changed", "taken"]

TYPES: Final = ("user", "group", "role", "resource", "client")
"""Rows that have a history of states."""
PERMISSIONS: Final = "permissions"
"""What a role permits: bonds to resources under their names, which entries keep as a field. Whatever happens to a
resource is told of each role that permits something on it.
"""

AUDIENCE: Final[Mapping[str, str]] = {"roles": "role", "groups": "group"}
"""Who may use an app: entries name them in lists, and touch each that came or went."""


@dataclass(frozen=True)
class Bond:
    """Something between two rows. Each side has a name for its end of it."""

    left: str
    right: str
    of_left: str
    """What the left row calls those to the right."""
    of_right: str


_HELD: Final = Bond("user", "role", "roles", "people")
_MEMBER: Final = Bond("group", "user", "members", "groups")
_GROUP_ROLE: Final = Bond("group", "role", "roles", "groups")
_STEWARD: Final = Bond("group", "user", "administrators", "administers")
BONDS: Final[Mapping[str, tuple[Bond, Effect]]] = {
    "role.assigned": (_HELD, "given"),
    "role.assignment_changed": (_HELD, "changed"),
    "role.unassigned": (_HELD, "taken"),
    "group.member_added": (_MEMBER, "given"),
    "group.member_changed": (_MEMBER, "changed"),
    "group.member_removed": (_MEMBER, "taken"),
    "group.role_given": (_GROUP_ROLE, "given"),
    "group.role_changed": (_GROUP_ROLE, "changed"),
    "group.role_taken": (_GROUP_ROLE, "taken"),
    "group.administrator_added": (_STEWARD, "given"),
    "group.administrator_removed": (_STEWARD, "taken"),
}
CREATED: Final = frozenset(
    {"user.created", "group.created", "role.created", "resource.created", "client.registered"}
)
DELETED: Final = frozenset(
    {"user.deleted", "group.deleted", "role.deleted", "resource.deleted", "client.deleted"}
)
# of the row's own family, and yet nothing of its state: what it did, what was tried with it, what is never kept
_NO_STATE: Final = frozenset({
    "user.sign_up_started", "user.email_code_refused", "user.password_changed", "user.recovery_asked",
    "user.password_set", "user.password_link_made",
    "user.recovery_sent", "user.recovery_refused", "user.signed_in", "user.sign_in_failed", "user.locked_out",
    "client.secret_rotated", "client.secret_revoked", "client.signed_in", "client.signed_out", "client.refused",
    "user.email_change_asked", "user.email_change_refused", "client.turned_away", "role.built_in_completed",
})  # fmt: skip


def relations_of(kind: str) -> dict[str, str]:
    """The names of a row's bonds to other rows, each with the type of those at the other end."""
    found = dict(AUDIENCE) if kind == "client" else {}
    for bond, _ in BONDS.values():
        if bond.left == kind:
            found[bond.of_left] = bond.right
        if bond.right == kind:
            found[bond.of_right] = bond.left
    return found


@cache
def actions_about(kind: str) -> tuple[str, ...]:
    """Every action after which such a row may be other than before."""
    bound = [name for name, (bond, _) in BONDS.items() if kind in {bond.left, bond.right}]
    own = [name for name in SENTENCES if name.startswith(f"{kind}.") and name not in BONDS]
    return tuple(name for name in (*own, *bound) if name not in _NO_STATE)


@cache
def actions_of_neighbours(kind: str) -> tuple[str, ...]:
    """What happens to other rows and reaches such a row without naming it: their end."""
    return tuple(sorted(f"{other}.deleted" for other in set(relations_of(kind).values())))
