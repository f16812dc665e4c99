"""TLS for trials: a certificate for this machine, made once. In production a proxy or your platform sees to it."""

import os
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME: Final = timedelta(days=397)
"""The longest that browsers take."""
RENEW_BEFORE: Final = timedelta(days=14)
AGREED_ON: Final = timedelta(hours=1)
"""How far clocks that look at it may be behind."""
CIPHERS: Final = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
"""What BCP 195 (RFC 9325 section 4.2) recommends for TLS 1.2 and a key of this kind; 1.3 has only good ones."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where the files are. `authority` is what a visitor has to trust; its own key was thrown away at once."""

    authority: Path
    chain: Path
    key: Path


def own_certificate(folder: Path, base_url: str, *, at: datetime) -> Certificate:
    """The certificate for the host of `base_url`: the one that is there, or a new one in place of one that ends."""
    host = urlsplit(base_url).hostname or "localhost"
    files = Certificate(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    if not _is_good(files, host, at=at):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(files, host, at=at)
    return files


def harden(context: ssl.SSLContext) -> ssl.SSLContext:
    """TLS 1.2 with forward secrecy and authenticated encryption, or 1.3; nothing older (RFC 9325)."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _is_good(files: Certificate, host: str, *, at: datetime) -> bool:
    try:
        leaf = x509.load_pem_x509_certificate(files.chain.read_bytes())
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    if not (files.key.is_file() and files.authority.is_file()):
        return False
    return _name(host) in names and at + RENEW_BEFORE < leaf.not_valid_after_utc


def _make(files: Certificate, host: str, *, at: datetime) -> None:
    """An authority that may vouch for this one host, and what it vouches for."""
    above, below = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    authority = _authority(above, host, at=at)
    leaf = _leaf(below, above, authority, host, at=at)
    key = below.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = leaf.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)
    _write(files.key, key, mode=0o600)
    _write(files.chain, chain, mode=0o644)
    _write(files.authority, authority.public_bytes(Encoding.PEM), mode=0o644)


def _authority(key: EllipticCurvePrivateKey, host: str, *, at: datetime) -> x509.Certificate:
    name = _subject(f"Portal trial authority for {host}")
    return (
        _begun(name, name, key, at=at)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints([_tree(host)], None), critical=True)
        .sign(key, SHA256())
    )


def _leaf(
    key: EllipticCurvePrivateKey,
    above: EllipticCurvePrivateKey,
    authority: x509.Certificate,
    host: str,
    *,
    at: datetime,
) -> x509.Certificate:
    return (
        _begun(_subject(host), authority.subject, key, at=at)
        .add_extension(x509.SubjectAlternativeName([_name(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
        .sign(above, SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, *, at: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=subject,
        issuer_name=issuer,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=at - AGREED_ON,
        not_valid_after=at + LIFETIME - AGREED_ON,
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _name(host: str) -> x509.GeneralName:
    address = _address(host)
    return x509.DNSName(host) if address is None else x509.IPAddress(address)


def _tree(host: str) -> x509.GeneralName:
    """The same as a limit of the authority: this host and nothing beside it."""
    address = _address(host)
    return x509.DNSName(host) if address is None else x509.IPAddress(ip_network(address))


def _write(file: Path, content: bytes, *, mode: int) -> None:
    """Whole or not at all, and from the first byte for nobody's eyes but ours where that is asked for."""
    draft = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    draft.replace(file)
