"""What the routes about roles, groups, resources and assignments know, and what they expect there."""

from collections.abc import Mapping, Sequence
from typing import Final

from tests.support.people import NOBODYS_ID

LISTS: Final = ("q", "before", "after")
TERM: Final = ("expires_at", "reason")
STEPS: Final = ("step", "version", "seen")

ACCESS_FIELDS: Final[Mapping[str, Sequence[str]]] = {
    "admin_assignments.attributes": ("attributes", "version"),
    "admin_assignments.change": (*TERM, *STEPS),
    "admin_assignments.give": ("role_id", *TERM, *STEPS),
    "admin_assignments.take": ("reason", *STEPS),
    "admin_groups.add": ("who", *TERM, *STEPS),
    "admin_groups.add_administrator": ("who", "reason"),
    "admin_groups.change_role": (*TERM, *STEPS),
    "admin_groups.delete": STEPS,
    "admin_groups.edit": ("name", "description", "is_requestable", *STEPS),
    "admin_groups.give_role": ("role_id", *TERM, *STEPS),
    "admin_groups.listing": LISTS,
    "admin_groups.member": (*TERM, *STEPS),
    "admin_groups.members": LISTS,
    "admin_groups.new": ("name", "description", "is_requestable"),
    "admin_groups.remove_member_from": STEPS,
    "admin_groups.take_role": STEPS,
    "admin_resources.delete": STEPS,
    "admin_resources.edit": ("name", "type", "description", "metadata", *STEPS),
    "admin_resources.listing": (*LISTS, "type"),
    "admin_resources.new": ("name", "type", "description", "metadata"),
    "admin_roles.delete": STEPS,
    "admin_roles.edit": ("name", "description", "owner", "is_requestable", *STEPS),
    "admin_roles.give": ("who", *TERM, *STEPS),
    "admin_roles.listing": LISTS,
    "admin_roles.members": LISTS,
    "admin_roles.new": ("name", "description", "owner", "is_requestable"),
    "admin_roles.permissions": (*LISTS, "type"),
    "admin_roles.set_condition": (
        "match-0", "match-1", "group-0", "attribute-0", "operator-0", "value-0", "against-0", "zone-0", "new-0", "do",
        "document", "remove", *STEPS,
    ),
    "admin_roles.set_matrix": ("row", "grant", *STEPS),
}  # fmt: skip

ACCESS_VALUES: Final[Mapping[str, tuple[str, ...]]] = {
    "against-0": ("value", "attribute"),
    "attribute-0": ("context.ip", "subject.department", "context.time"),
    "attributes": ('{"department": "finance"}', ""),
    "description": ("What it is for", ""),
    "do": ("add-0", "add-group", "remove-0", "remove-group-1", "as-json", "as-rows"),
    "document": ('{"attribute": "context.ip", "operator": "ip_in", "value": ["10.0.0.0/8"]}', "null"),
    "expires_at": ("2031-12-24", ""),
    "grant": (f"{NOBODYS_ID}:read", f"{NOBODYS_ID}:admin"),
    "group-0": ("0", "1"),
    "is_requestable": ("y", ""),
    "match-0": ("all", "any", "none"),
    "match-1": ("any", "none"),
    "metadata": ('{"region": "north"}', ""),
    "new-0": ("context.ip", "subject."),
    "operator-0": ("ip_in", "equals", "between", "exists"),
    "owner": ("rosa", ""),
    "remove": ("yes",),
    "row": (NOBODYS_ID,),
    "seen": ("", "0123456789abcdef"),
    "step": ("preview", "save", "back"),
    "type": ("service", "portal"),
    "value-0": ("10.0.0.0/8", "08:00", "true"),
    "version": ("", "0123456789abcdef"),
    "who": ("rosa", "nobody"),
    "zone-0": ("Europe/Berlin", ""),
}
