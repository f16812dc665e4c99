"""Certificates of clients, as a proxy would pass them on."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey


class Certificate(NamedTuple):
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def escaped(self) -> str:
        """As nginx passes it on (`$ssl_client_escaped_cert`)."""
        return quote(self.pem.decode())

    @property
    def structured(self) -> str:
        """As RFC 9440 has it."""
        return f":{base64.b64encode(self.der).decode()}:"

    @property
    def thumbprint(self) -> str:
        digest = self.certificate.fingerprint(SHA256())
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def jwk(self) -> dict[str, Any]:
        """Its key as RFC 8705 section 2.2.2 has it registered, with the certificate beside."""
        public = self.key.public_key()
        return {**ECKey(public, public).as_dict(private=False), "x5c": [base64.b64encode(self.der).decode()]}


def certificate(
    subject: str = "CN=kestrel,O=Meridian",
    *,
    by: Certificate | None = None,
    names: tuple[str, ...] = (),
    hours: int = 1,
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> Certificate:
    """Signed by `by`, or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string(subject)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by.certificate.subject if by else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=2))
        .not_valid_after(now + timedelta(hours=hours))
    )
    if names:
        dns = x509.SubjectAlternativeName([x509.DNSName(host) for host in names])
        builder = builder.add_extension(dns, critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return Certificate(builder.sign(by.key if by else key, SHA256()), key)


def authority(name: str = "Meridian CA") -> Certificate:
    """One that signs others."""
    return certificate(f"CN={name}", extensions=(x509.BasicConstraints(ca=True, path_length=0),))
