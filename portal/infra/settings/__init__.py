"""Every setting of the portal, read once at start."""

from portal.infra.settings.addresses import LOOPBACK_HOSTS
from portal.infra.settings.protocol import ProtocolSettings
from portal.infra.settings.reading import PREFIX, SettingsError, environment_for, load_settings
from portal.infra.settings.values import Settings

__all__ = [
    "LOOPBACK_HOSTS",
    "PREFIX",
    "ProtocolSettings",
    "Settings",
    "SettingsError",
    "environment_for",
    "load_settings",
]
