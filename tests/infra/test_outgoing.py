"""What the settings make of the one fetcher: whom it trusts, and how near it may go."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from portal.infra.outgoing import fetcher_of
from portal.infra.settings import Settings, SettingsError
from tests.infra.certificates import Authority
from tests.infra.listeners import JSON, Listen, listen, refusal, says

__all__ = ["listen"]


def test_a_bundle_of_authorities_is_trusted_instead_of_the_systems(listen: Listen, tmp_path: Path) -> None:
    authority, bundle = Authority(tmp_path), tmp_path / "bundle.pem"
    bundle.write_bytes(authority._certificate.public_bytes(Encoding.PEM))
    server = listen(says(), authority.server("localhost"))
    url = f"https://localhost:{server.port}/jwks"
    trusting = fetcher_of(Settings(fetch_loopback=True, ca_bundle=bundle))
    assert trusting.get(url, accept=JSON).status == 200
    assert refusal(fetcher_of(Settings(fetch_loopback=True)), url).reason == "unreachable"
    assert refusal(fetcher_of(Settings(ca_bundle=bundle)), url).reason == "address"


@pytest.mark.parametrize(
    "content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n"]
)
def test_a_bundle_that_is_none_is_said_at_the_start(tmp_path: Path, content: bytes | None) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    with pytest.raises(SettingsError, match="PORTAL_CA_BUNDLE"):
        fetcher_of(Settings(ca_bundle=bundle))
