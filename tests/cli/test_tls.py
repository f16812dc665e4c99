"""`portal run --tls`: a certificate of its own, made once, and nothing but modern TLS."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from portal.cli.tls import CIPHERS, Certificate, harden, own_certificate
from tests.support.databases import Databases
from tests.support.live import CHEAP, PORTAL_COMMAND, ROOT
from tests.support.portals import MASTER_KEY
from tests.support.processes import Program, free_port

NOW = datetime.now(UTC)
HOME = "https://localhost:8443"


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return own_certificate(tmp_path / "tls", HOME, at=NOW)


def _server(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return harden(context)


def _visitor(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate.authority)


def _shake_hands(server: ssl.SSLContext, visitor: ssl.SSLContext, host: str = "localhost") -> tuple[str, str]:
    """Version and cipher that two ends agree on, in memory."""
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        visitor.wrap_bio(one, other, server_hostname=host),
        server.wrap_bio(other, one, server_side=True),
    ]
    for _ in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    cipher = ends[0].cipher()
    assert cipher is not None
    return str(ends[0].version()), cipher[0]


def test_who_trusts_the_authority_trusts_the_portal_and_modern_tls_is_preferred(
    certificate: Certificate,
) -> None:
    assert _shake_hands(_server(certificate), _visitor(certificate))[0] == "TLSv1.3"


@pytest.mark.parametrize("cipher", CIPHERS.split(":"))
def test_tls_1_2_has_the_recommended_ciphers(certificate: Certificate, cipher: str) -> None:
    visitor = _visitor(certificate)
    visitor.maximum_version = ssl.TLSVersion.TLSv1_2
    visitor.set_ciphers(cipher)
    assert _shake_hands(_server(certificate), visitor) == ("TLSv1.2", cipher)


@pytest.mark.parametrize(
    "cipher", ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-CHACHA20-POLY1305"]
)
def test_tls_1_2_has_no_others(certificate: Certificate, cipher: str) -> None:
    visitor = _visitor(certificate)
    visitor.maximum_version = ssl.TLSVersion.TLSv1_2
    visitor.set_ciphers(cipher)
    with pytest.raises(ssl.SSLError):
        _shake_hands(_server(certificate), visitor)


def test_older_versions_are_refused(certificate: Certificate) -> None:
    assert _server(certificate).minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_authority_vouches_for_no_other_host(certificate: Certificate) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _shake_hands(_server(certificate), _visitor(certificate), host="bank.example")
    authority = x509.load_pem_x509_certificate(certificate.authority.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    assert limits.permitted_subtrees == [x509.DNSName("localhost")]
    assert [file.name for file in certificate.key.parent.iterdir() if "authority" in file.name] == [
        "authority.pem"
    ], "its key is kept by nobody"


def test_it_is_made_once_and_again_before_it_ends_or_for_another_host(certificate: Certificate) -> None:
    folder, first = certificate.key.parent, certificate.chain.read_bytes()
    assert own_certificate(folder, HOME, at=NOW + timedelta(days=300)).chain.read_bytes() == first
    renewed = own_certificate(folder, HOME, at=NOW + timedelta(days=390)).chain.read_bytes()
    assert renewed != first
    elsewhere = own_certificate(folder, "https://127.0.0.1:8443", at=NOW).chain.read_bytes()
    assert elsewhere != renewed
    assert certificate.key.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def tls_portal(databases: Databases, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A portal as `portal run --tls` serves it: its address, and whom to trust."""
    port, log = free_port(), tmp_path / "portal.log"
    with databases.fresh("sqlite", tmp_path) as database_url:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PORT": str(port),
            "PORTAL_WORKERS": "1",
            "PORTAL_INSTANCE_DIR": str(tmp_path / "instance"),
            "PORTAL_DATABASE_URL": database_url,
            "PORTAL_MASTER_KEY": MASTER_KEY,
            **CHEAP,
        }
        program = Program.start(
            [PORTAL_COMMAND, "run", "--tls"], log=log, port=port, cwd=ROOT, environment=environment
        )
        url, authority = f"https://localhost:{port}", tmp_path / "instance" / "tls" / "authority.pem"
        try:
            program.wait(lambda: _is_ready(url, authority), log=log, seconds=30)
            yield url, authority
        finally:
            program.stop(seconds=30)


def _is_ready(url: str, authority: Path) -> bool:
    try:
        with _browser(authority) as browser:
            return browser.get(f"{url}/ready").status_code == httpx.codes.OK
    except (OSError, httpx.TransportError):
        return False


def _browser(authority: Path) -> httpx.Client:
    return httpx.Client(verify=ssl.create_default_context(cafile=authority), trust_env=False, timeout=5)


def test_a_trial_is_served_by_https_and_its_issuer_says_so(tls_portal: tuple[str, Path]) -> None:
    url, authority = tls_portal
    with _browser(authority) as browser:
        document = browser.get(f"{url}/.well-known/openid-configuration").json()
        assert document["issuer"] == url
        login = browser.get(f"{url}/login")
    assert {value.split("://")[0] for name, value in document.items() if name.endswith("_endpoint")} == {
        "https"
    }
    assert all("Secure" in cookie for cookie in login.headers.get_list("set-cookie"))
