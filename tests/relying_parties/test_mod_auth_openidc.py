"""Apache with mod_auth_openidc, before a program that knows nothing of OpenID: its users come from the portal."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.relying_parties import packages
from tests.relying_parties.behind import program_behind
from tests.relying_parties.running import RelyingParty, register_by_hand, running_program
from tests.relying_parties.visiting import Visitor
from tests.support.live import ROOT, LivePortal
from tests.support.processes import free_port, wait_until

pytestmark = pytest.mark.foreign

FOLDER = Path(__file__).parent / "apache"
PAGE = ROOT / "docs" / "client-libraries.md"
SIGNED = {"token_endpoint_auth_method": "private_key_jwt", "id_token_signed_response_alg": "ES256"}


@pytest.fixture(scope="module")
def sites(
    trial_portal: LivePortal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, RelyingParty]]:
    """Two of one server, set up as docs/client-libraries.md says, with nothing changed but the names: one has a secret,
    the other a key.
    """
    folder, ports = tmp_path_factory.mktemp("apache"), {"secret": free_port(), "key": free_port()}
    urls = {kind: f"http://127.0.0.1:{port}" for kind, port in ports.items()}
    apps = {
        "secret": register_by_hand(
            trial_portal,
            urls["secret"],
            f"{urls['secret']}/openid",
            backchannel_logout_uri=f"{urls['secret']}/openid?logout=backchannel",
        ),
        "key": register_by_hand(
            trial_portal,
            urls["key"],
            f"{urls['key']}/openid",
            fields={**SIGNED, "jwks_uri": f"{urls['key']}/openid?jwks=rsa"},
            request_object_signing_alg="RS256",
            userinfo_signed_response_alg="ES256",
        ),
    }
    _write_keys(folder)
    for kind, app in apps.items():
        names = {
            "https://id.example.org": trial_portal.url,
            "https://wiki.example.org": urls[kind],
            "the-client-id": app.client_id,
            "the-client-secret": app.secret,
            "groups:builders": f"groups:{app.group}",
            "/etc/apache2": str(folder),
        }
        (folder / f"{kind}.conf").write_text(_documented(kind, names), encoding="utf-8")
    with program_behind() as behind, _apache(folder, ports, behind):
        yield {
            kind: RelyingParty(
                url=urls[kind],
                portal_url=trial_portal.url,
                email=app.email,
                subject=app.subject,
                client_id=app.client_id,
                group=app.group,
                log=folder / "errors.log",
            )
            for kind, app in apps.items()
        }


@contextmanager
def _apache(folder: Path, ports: dict[str, int], behind: int) -> Iterator[None]:
    apache = packages.apache()
    words = {
        "LD_LIBRARY_PATH": ":".join(map(str, apache.libraries)),
        "MODULES": str(apache.modules),
        "PROXY": str(FOLDER / "proxy.conf"),
        "KEY_PORT": str(ports["key"]),
        "BEHIND": str(behind),
    }
    command: list[str | Path] = [apache.program, "-f", FOLDER / "server.conf", "-D", "FOREGROUND"]
    with running_program(command, folder, port=ports["secret"], words=words, ready="/left"):
        yield


def _documented(kind: str, names: dict[str, str]) -> str:
    """The first block of the page is for a secret, the further ones are added for a key."""
    blocks = re.findall(r"```apache\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    text: str = blocks[0] if kind == "secret" else "".join(blocks)
    for example, name in names.items():
        text = text.replace(example, name)
    return text


def _write_keys(folder: Path) -> None:
    """As `openssl genrsa` and `openssl rsa -pubout` do."""
    key = rsa.generate_private_key(65537, 2048)
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    (folder / "wiki.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    (folder / "wiki.pem").write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, public))


@pytest.fixture
def site(sites: dict[str, RelyingParty]) -> RelyingParty:
    return sites["secret"]


def _enter(visitor: Visitor, site: RelyingParty, path: str = "/") -> httpx.Response:
    """Through the portal, to a page of the site; without scripts, so that the answer's form needs a press."""
    page = visitor.open(f"{site.url}{path}")
    if page.url.path == "/login":
        page = visitor.sign_in(page, site.email)
    if 'value="allow"' in page.text:
        page = visitor.press(page, "decision=allow")
    if 'id="form-post"' in page.text:
        page = visitor.press(page)
    return page


def _session(visitor: Visitor, site: RelyingParty) -> dict[str, Any]:
    """What the module keeps of the visitor."""
    told: dict[str, Any] = visitor.open(f"{site.url}/openid?info=json").json()
    return told


def test_the_program_behind_is_told_who_comes(visitor: Visitor, site: RelyingParty) -> None:
    page = _enter(visitor, site, "/deep/page?of=it")
    assert page.status_code == 200, (page.text, site.log.read_text())
    assert page.json()["path"] == "/deep/page?of=it", "where the person wanted to go"
    told = page.json()["told"]
    names = ("sub", "name", "email", "email_verified", "groups")
    assert [told[f"oidc_claim_{name}"] for name in names] == [
        site.subject,
        "Maya Okafor",
        site.email,
        "1",
        site.group,
    ]


def test_groups_open_and_close_parts_of_the_site(visitor: Visitor, site: RelyingParty) -> None:
    assert _enter(visitor, site, "/builders").json()["path"] == "/builders"
    assert visitor.open(f"{site.url}/nobody").status_code == 401


def test_it_refreshes(visitor: Visitor, site: RelyingParty) -> None:
    _enter(visitor, site)
    before = _session(visitor, site)
    asked = {"refresh": f"{site.url}/again", "access_token": before["access_token"]}
    assert visitor.open(f"{site.url}/openid?{urlencode(asked)}").json()["path"] == "/again"
    after = _session(visitor, site)
    assert after["access_token"] != before["access_token"]
    assert after["refresh_token"] != before["refresh_token"]
    assert after["userinfo"]["sub"] == before["userinfo"]["sub"] == site.subject


def test_a_person_signs_out_at_both_sides(visitor: Visitor, site: RelyingParty) -> None:
    _enter(visitor, site)
    left = visitor.open(f"{site.url}/openid?{urlencode({'logout': f'{site.url}/left'})}")
    assert left.json()["path"].startswith("/left")
    assert visitor.open(site.url).url.path == "/login", "asked by the portal again"


def test_signing_out_at_the_portal_ends_the_session_of_the_site(visitor: Visitor, site: RelyingParty) -> None:
    _enter(visitor, site)
    asked = visitor.open(f"{site.portal_url}/oauth2/logout")
    visitor.press(asked)
    wait_until(
        lambda: visitor.open(f"{site.url}/").url.path == "/login",
        what="the logout token to arrive",
        seconds=20,
    )


def test_an_api_asks_the_portal_of_each_token(visitor: Visitor, site: RelyingParty) -> None:
    _enter(visitor, site)
    bearer = {"Authorization": f"Bearer {_session(visitor, site)['access_token']}"}
    with httpx.Client(base_url=site.url, trust_env=False) as program:
        answer = program.get("/api/ledger", headers=bearer)
        assert answer.json()["told"]["oidc_claim_sub"] == site.subject
        visitor.open(f"{site.url}/openid?{urlencode({'logout': f'{site.url}/left'})}")
        assert program.get("/api/ledger", headers=bearer).status_code == 401, "the module has revoked it"
        assert program.get("/api/ledger").status_code == 401


def test_a_site_with_a_key_signs_its_requests_and_proves_itself(
    visitor: Visitor, sites: dict[str, RelyingParty]
) -> None:
    begun = visitor.open(f"{sites['key'].url}/deep/page")
    assert any("request" in sent.url.params for sent in begun.history), "a request object"
    page = _enter(visitor, sites["key"], "/deep/page")
    assert page.status_code == 200, (page.text, sites["key"].log.read_text())
    assert page.json()["path"] == "/deep/page"
    assert page.json()["told"]["oidc_claim_sub"] == sites["key"].subject
    assert _session(visitor, sites["key"])["userinfo"]["name"] == "Maya Okafor"
