"""The certificate that a client proved in its TLS handshake, which ends at a proxy in front of us (RFC 8705).

The proxy says so in a header, and anybody could write that. It counts only where the settings name it, where they say
that proxies may speak for visitors, and where the request has come through as many of them as that; and each of those
proxies has to replace what the visitor sent under that name (docs/client-authentication.md).
"""

import structlog
from flask import request

from portal.http.context import current_portal
from portal.infra.crypto.certificates import ClientCertificate, read_certificate

log = structlog.get_logger(__name__)


def client_certificate() -> ClientCertificate | None:
    """The certificate of this request, if it has one that is in time."""
    portal = current_portal()
    name = portal.settings.client_certificate_header
    text = request.headers.get(name) if name is not None and _came_through_the_proxies() else None
    if not text:
        return None
    certificate = read_certificate(text)
    if certificate is None:
        log.warning("client_certificate_unreadable", header=name)
        return None
    return certificate if certificate.is_valid(at=portal.ports.clock.now()) else None


def _came_through_the_proxies() -> bool:
    """Each proxy adds one address to `X-Forwarded-For`; who asks us directly has sent none."""
    hops = current_portal().settings.trusted_proxy_hops
    passed_on = request.headers.get("X-Forwarded-For", "")
    return hops > 0 and len([address for address in passed_on.split(",") if address.strip()]) >= hops
