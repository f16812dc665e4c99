"""The portal of a process that is nobody's web server: its word of work goes straight to the broker."""

import sys

from portal.bootstrap import Portal, build_portal
from portal.infra.broker import BrokerQueue
from portal.infra.crypto.keyfile import KeyFileError
from portal.infra.logging import configure_logging
from portal.infra.settings import Settings, SettingsError


def open_portal(settings: Settings, redis_url: str) -> tuple[Portal, BrokerQueue]:
    """Built, with its log set up; nothing is contacted yet."""
    queue = BrokerQueue(redis_url)
    try:
        portal = build_portal(settings, queue=queue)
    except (SettingsError, KeyFileError) as problem:
        sys.exit(f"portal: {problem}")
    configure_logging(settings.log_level, settings.log_format)
    return portal, queue
