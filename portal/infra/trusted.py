"""Whom the portal believes about client certificates, as its settings name them."""

from portal.infra.crypto.certificates import Authorities
from portal.infra.settings import Settings, SettingsError


def authorities_of(settings: Settings) -> Authorities | None:
    """None where the settings name nobody; then certificates count only for those who registered their keys.

    Raises:
        SettingsError: the file of certificates is none.
    """
    path = settings.client_certificate_authorities
    if path is None:
        return None
    try:
        return Authorities.of_file(path)
    except (OSError, ValueError):
        raise SettingsError(
            "PORTAL_CLIENT_CERTIFICATE_AUTHORITIES: give a file of certificates in PEM"
        ) from None
