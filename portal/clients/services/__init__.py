"""Steps that several use cases share."""

from portal.clients.services.apps import (
    IssuedSecret,
    app_rules,
    check_addresses,
    give_secret,
    kind_of,
    note_first_sign_in,
    set_audience,
)

__all__ = [
    "IssuedSecret",
    "app_rules",
    "check_addresses",
    "give_secret",
    "kind_of",
    "note_first_sign_in",
    "set_audience",
]
