"""The one fetcher of a portal, as its settings want it: whom it trusts, and whether it may reach this machine."""

import ssl

from portal.infra.fetch import Fetcher
from portal.infra.settings import Settings, SettingsError


def fetcher_of(settings: Settings) -> Fetcher:
    """What all outgoing calls are made with.

    Raises:
        SettingsError: the file of certificates is none.
    """
    return Fetcher(loopback_hosts=settings.fetchable_loopback, tls=trust_of(settings))


def trust_of(settings: Settings) -> ssl.SSLContext | None:
    """Whom outgoing calls trust, if not the certificate authorities of the system.

    Raises:
        SettingsError: the file of certificates is none.
    """
    if settings.ca_bundle is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(settings.ca_bundle))
    except (OSError, ssl.SSLError):
        raise SettingsError("PORTAL_CA_BUNDLE: give a file of certificates in PEM") from None
