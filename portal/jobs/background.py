"""What a web process does beside its requests, by the settings: work itself, or send word to those who work."""

from portal.bootstrap import Portal
from portal.jobs.announcer import Announcer
from portal.jobs.worker import Worker


def background_of(portal: Portal) -> Worker | Announcer:
    """Not started yet. Nothing of a broker is loaded where none is used."""
    address = portal.settings.redis_url
    if portal.settings.jobs == "embedded" or address is None:
        return Worker(portal)
    from portal.infra.broker import BrokerQueue  # noqa: PLC0415

    return Announcer(portal, BrokerQueue(address))
