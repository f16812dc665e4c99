"""`tls_client_auth` and `self_signed_tls_client_auth`: the key of the TLS handshake (RFC 8705 section 2)."""

from typing import Final

from portal.clients.snapshots import ClientSnapshot
from portal.oauth.client_authentication.presented import Desk, Presented, Proven

BY_AUTHORITY: Final = "tls_client_auth"
SELF_SIGNED: Final = "self_signed_tls_client_auth"
MISSING: Final = "No valid client certificate came with the request."


def prove_by_authority(client: ClientSnapshot, given: Presented, desk: Desk) -> Proven:
    """A certificate of an authority that the portal believes, with the registered names in it (section 2.1).

    We verify it ourselves: a proxy that lets self-signed certificates pass has verified nothing.
    """
    certificate, authorities = desk.certificate, desk.portal.client_authorities
    if certificate is None:
        raise given.refused(MISSING)
    if authorities is None or not authorities.vouch_for(certificate, at=desk.at):
        raise given.refused("The client certificate is of no authority that this portal believes.")
    name, host = client.switches.tls_client_auth_subject_dn, client.switches.tls_client_auth_san_dns
    if name is None and host is None:
        raise given.refused("The client is registered without a subject or a host name of its certificate.")
    if (name and not certificate.has_subject(name)) or (host and not certificate.has_dns_name(host)):
        raise given.refused("The client certificate is of another subject than the client's.")
    return Proven(client)


def prove_by_own_certificate(client: ClientSnapshot, given: Presented, desk: Desk) -> Proven:
    """A certificate whose key is among those that the client has registered or publishes (section 2.2); who signed it
    says nothing.
    """
    certificate = desk.certificate
    if certificate is None:
        raise given.refused(MISSING)
    keys = desk.portal.client_keys.of(client, may_fetch=desk.may_fetch)
    if certificate.jwk_thumbprint not in {key.thumbprint for key in keys}:
        raise given.refused("The key of the client certificate is none of the client's keys.")
    return Proven(client)
