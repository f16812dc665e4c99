"""Apache with mod_auth_openidc, before a program that knows nothing of OpenID: its users come from the portal."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.relying_parties import packages
from tests.relying_parties.behind import program_behind
from tests.relying_parties.running import RelyingParty, register_by_hand, running_program
from tests.relying_parties.visiting import Visitor
from tests.support.live import ROOT, LivePortal
from tests.support.processes import free_port, wait_until

pytestmark = pytest.mark.foreign

CONFIGURATION = Path(__file__).parent / "apache" / "server.conf"
PAGE = ROOT / "docs" / "client-libraries.md"


@pytest.fixture(scope="module")
def site(trial_portal: LivePortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelyingParty]:
    """Set up as docs/client-libraries.md says, with nothing changed but the names."""
    folder, port = tmp_path_factory.mktemp("apache"), free_port()
    url = f"http://127.0.0.1:{port}"
    away = f"{url}/openid?logout=backchannel"
    app = register_by_hand(trial_portal, url, f"{url}/openid", backchannel_logout_uri=away)
    names = {
        "https://id.example.org": trial_portal.url,
        "https://wiki.example.org": url,
        "the-client-id": app.client_id,
        "the-client-secret": app.secret,
        "groups:builders": f"groups:{app.group}",
    }
    (folder / "openid.conf").write_text(_documented(names), encoding="utf-8")
    apache = packages.apache()
    with program_behind() as behind:
        words = {
            "LD_LIBRARY_PATH": ":".join(map(str, apache.libraries)),
            "MODULES": str(apache.modules),
            "BEHIND": str(behind),
        }
        command: list[str | Path] = [apache.program, "-f", CONFIGURATION, "-D", "FOREGROUND"]
        with running_program(command, folder, port=port, words=words, ready="/left"):
            yield RelyingParty(
                url=url,
                portal_url=trial_portal.url,
                email=app.email,
                subject=app.subject,
                client_id=app.client_id,
                group=app.group,
                log=folder / "errors.log",
            )


def _documented(names: dict[str, str]) -> str:
    block = re.search(r"```apache\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block, "the page shows how Apache is set up"
    text = block[1]
    for example, name in names.items():
        assert example in text
        text = text.replace(example, name)
    return text


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
