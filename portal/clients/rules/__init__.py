"""What an app may register and send: pure questions, answered in words."""

from portal.clients.rules.differences import Difference, PartDifference, redirect_uri_difference
from portal.clients.rules.presets import ACCESS_CLAIMS, KINDS, SCOPES, ClientKind, Preset, preset_of
from portal.clients.rules.redirect_uris import (
    redirect_uri_matches,
    redirect_uri_problems,
    web_address_problems,
)
from portal.clients.rules.switches import Switches

__all__ = [
    "ACCESS_CLAIMS",
    "KINDS",
    "SCOPES",
    "ClientKind",
    "Difference",
    "PartDifference",
    "Preset",
    "Switches",
    "preset_of",
    "redirect_uri_difference",
    "redirect_uri_matches",
    "redirect_uri_problems",
    "web_address_problems",
]
