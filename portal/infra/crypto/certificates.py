"""Certificates of clients, as a proxy passes them on, and the authorities that vouch for them (RFC 8705)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)
from joserfc.jwk import ECKey, OKPKey, RSAKey

MAX_CHARACTERS: Final = 16 * 1024
_PEM: Final = re.compile(r"\s*-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*")
_BARE: Final = re.compile(r"(:?)([A-Za-z0-9+/=]+)\1")
# private authorities write their certificates in all sorts of ways; that they are authorities, they have to say
_OF_AUTHORITIES: Final = ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, Criticality.AGNOSTIC, None
)
# names of RFC 4514 that people write and the library does not know by itself
_ATTRIBUTES: Final[Mapping[str, x509.ObjectIdentifier]] = {
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
}


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """The certificate whose key the client proved to the proxy in the TLS handshake."""

    certificate: x509.Certificate = field(repr=False)
    thumbprint: str
    """`x5t#S256` (RFC 8705 section 3.1): of the certificate as a whole."""
    jwk_thumbprint: str | None
    """RFC 7638, of its key; None for kinds of keys that no JWK set of ours has."""

    def is_valid(self, *, at: datetime) -> bool:
        return self.certificate.not_valid_before_utc <= at < self.certificate.not_valid_after_utc

    def has_subject(self, name: str) -> bool:
        """Whether its subject is this distinguished name (RFC 4514)."""
        try:
            wanted = x509.Name.from_rfc4514_string(name, dict(_ATTRIBUTES))
        except ValueError:
            return False
        return bool(list(wanted)) and wanted == self.certificate.subject

    def has_dns_name(self, name: str) -> bool:
        """Whether this host name is among its alternative names; there are no wildcards."""
        try:
            found = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
            return False
        return name.lower() in {dns.lower() for dns in found.get_values_for_type(x509.DNSName)}


def read_certificate(text: str) -> ClientCertificate | None:
    """From the value of a header: PEM, URL-encoded or not, or base64 of the DER, between colons as RFC 9440 has it or
    bare. None if it is anything else, or more than one.
    """
    if len(text) > MAX_CHARACTERS:
        return None
    plain = unquote(text.strip())
    pem = _PEM.fullmatch(plain)
    bare = _BARE.fullmatch(plain)
    encoded = "".join(pem[1].split()) if pem else bare[2] if bare else None
    if encoded is None:
        return None
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True))
        der = certificate.public_bytes(Encoding.DER)
        jwk_thumbprint = _jwk_thumbprint(certificate)
    except (ValueError, binascii.Error):
        return None
    digest = hashlib.sha256(der).digest()
    return ClientCertificate(
        certificate=certificate,
        thumbprint=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        jwk_thumbprint=jwk_thumbprint,
    )


class Authorities:
    """Who is believed about the names in client certificates. A certificate is issued by one of them directly: what
    lies between a root and the clients belongs into the file.
    """

    def __init__(self, certificates: list[x509.Certificate]) -> None:
        self._store = Store(certificates)

    @classmethod
    def of_file(cls, path: Path) -> "Authorities":
        """
        Raises:
            OSError, ValueError: there is no such file, or no certificate in it.
        """
        return cls(x509.load_pem_x509_certificates(path.read_bytes()))

    def vouch_for(self, certificate: ClientCertificate, *, at: datetime) -> bool:
        """Whether one of them issued it, it is in time, and it is not for other uses than this."""
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(at.replace(tzinfo=None))
            .extension_policies(ca_policy=_OF_AUTHORITIES, ee_policy=ExtensionPolicy.permit_all())
            .build_client_verifier()
        )
        try:
            verifier.verify(certificate.certificate, [])
        except (VerificationError, ValueError):
            return False
        return _is_for_clients(certificate.certificate)


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in usages


def _jwk_thumbprint(certificate: x509.Certificate) -> str | None:
    key: Any = certificate.public_key()
    match key:
        case RSAPublicKey():
            return RSAKey(key, key).thumbprint()
        case EllipticCurvePublicKey():
            return ECKey(key, key).thumbprint()
        case Ed25519PublicKey():
            return OKPKey(key, key).thumbprint()
        case _:
            return None
