"""Two nodes of one portal behind a proxy, run as containers would run them: any step of anything on either of them."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import psutil
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from portal.sessions.repository import Sessions
from tests.deploy.nodes import Container, Node, running, shared_secrets, unpacked
from tests.deploy.visitor import Visitor
from tests.oauth.steps import CALLBACK, App
from tests.support.people import PASSWORD, add_person
from tests.support.portals import MASTER_KEY, cheap_settings, open_portal
from tests.support.processes import free_port, wait_until
from tests.support.proxy import Proxy, running_proxy

if TYPE_CHECKING:
    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.databases import Databases
    from tests.support.post import PostOffice

DRAIN_SECONDS = "0.6"
MAYA = "maya@meridian.example"


@dataclass(frozen=True)
class Deployment:
    """What an operator has, and this process beside it, where people and apps are made."""

    container: Container
    one: Node
    other: Node
    proxy: Proxy
    portal: Portal
    maya: User
    open: ExitStack
    """Ends with it."""
    before: dict[str, tuple[int, int]]
    """The tree as it was before anything ran in it."""

    @property
    def nodes(self) -> tuple[Node, Node]:
        return self.one, self.other

    def visitor(self, node: Node | None = None) -> Visitor:
        """Through the proxy, or at one node's own door."""
        url = f"http://localhost:{node.port}" if node else self.proxy.url
        program = httpx.Client(base_url=url, timeout=10, trust_env=False)
        return Visitor(self.open.enter_context(program))


@pytest.fixture(scope="module")
def deployment(
    databases: Databases, redis_url: str, post_office: PostOffice, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Started once: that is most of what these tests cost."""
    folder = tmp_path_factory.mktemp("deployment")
    ports = {"one": free_port(), "other": free_port()}
    address = f"http://localhost:{free_port()}"
    with (
        databases.fresh("postgresql", folder) as url,
        unpacked() as container,
        open_portal(cheap_settings(url, folder, base_url=address)) as portal,
        running_proxy([*ports.values()], port=int(address.rpartition(":")[2])) as proxy,
    ):
        before = container.contents()
        settings = {
            **container.secrets(shared_secrets(url, redis_url)),
            "PORTAL_BASE_URL": address,
            "PORTAL_SMTP_URL": post_office.url,
            "PORTAL_TRUSTED_PROXY_HOPS": "1",
            "PORTAL_WORKERS": "1",
            "PORTAL_DRAIN_SECONDS": DRAIN_SECONDS,
        }
        maya = add_person(portal, MAYA)
        with running(container, settings, ports) as nodes, ExitStack() as stack:
            yield Deployment(container, nodes["one"], nodes["other"], proxy, portal, maya, stack, before)


@pytest.fixture(scope="module")
def app(deployment: Deployment) -> App:
    form = RegisterClient(client_name="Kestrel CI", kind="web", redirect_uris=[CALLBACK], audience="everyone")
    with deployment.portal.unit_of_work(SYSTEM) as uow:
        made = register_client(uow, form)
        method = uow.session.merge(made.client).token_endpoint_auth_method
    return App(client_id=made.client.client_id, secret=made.secret, auth_method=method)


def _sign_in(visitor: Visitor) -> httpx.Response:
    page = visitor.send(visitor.open("/login"), "/login", identifier=MAYA)
    return visitor.send(page, "/login/password", identifier=MAYA, password=PASSWORD)


def test_a_person_signs_in_while_each_step_meets_another_node(deployment: Deployment) -> None:
    first = len(deployment.proxy.served)
    visitor = deployment.visitor()
    visitor.program.headers["X-Forwarded-For"] = "198.51.100.1"
    page = _sign_in(visitor)
    assert page.status_code == 200
    assert str(page.url).endswith("/account")
    steps = deployment.proxy.served[first:]
    assert [path for path, _ in steps][:3] == ["/login", "/login", "/login/password"]
    assert all(node != next_node for (_, node), (_, next_node) in pairwise(steps))
    # what the proxy says of its visitor counts, and what the visitor has said does not
    with deployment.portal.reading() as session:
        live = Sessions(session).live_of(deployment.maya.id, at=deployment.portal.ports.clock.now())
    assert [one.ip for one in live] == [deployment.proxy.visitor]


def test_an_app_signs_somebody_in_across_nodes(deployment: Deployment, app: App) -> None:
    visitor, program = deployment.visitor(), deployment.visitor().program
    _sign_in(visitor)
    page = visitor.open("/oauth2/authorize", **app.request(scope="openid profile email"))
    back = visitor.send(page, "/oauth2/consent", decision="allow")
    answer = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    assert answer["state"] == "state-1"
    headers, fields = app.credentials()
    tokens = program.post(
        "/oauth2/token", data={**fields, **app.redemption(answer["code"])}, headers=headers
    ).json()
    keys = KeySet.import_key_set(program.get("/oauth2/jwks").json())
    claims: dict[str, Any] = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["nonce"]) == (deployment.proxy.url, "nonce-1")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    for node in deployment.nodes:
        told = deployment.visitor(node).program.get("/oauth2/userinfo", headers=bearer).json()
        assert told["email"] == MAYA
        assert told["sub"] == claims["sub"]


def test_whoever_has_left_at_one_node_has_left_at_the_other(deployment: Deployment) -> None:
    """SECURITY.md D2.11: the very next request."""
    here, there = (deployment.visitor(node) for node in deployment.nodes)
    _sign_in(here)
    there.program.cookies = here.program.cookies
    assert there.program.get("/account").status_code == 200
    here.send(here.open("/logout"), "/logout")
    answer = there.program.get("/account")
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path == "/login"


def test_a_node_says_that_it_is_healthy_by_the_command_of_the_image(deployment: Deployment) -> None:
    node = deployment.one

    def ask(port: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            node.container.command("healthcheck"),
            cwd=node.container.tree,
            env={**node.environment, "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    answer = ask(node.port)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    nobody = ask(free_port())
    assert nobody.returncode != 0
    assert re.fullmatch(r"portal: .* does not answer \(\w+\)\n", nobody.stderr)


def test_a_node_is_an_ordinary_process_and_writes_in_its_own_places_only(deployment: Deployment) -> None:
    for node in deployment.nodes:
        head = psutil.Process(node.program.pid)
        assert {process.uids().effective for process in (head, *head.children())} == {node.container.uid}
        assert MASTER_KEY not in str(head.environ())
    assert deployment.container.contents() == deployment.before
    target = deployment.container.tree / "portal" / "written"
    assert deployment.container.run("/bin/sh", "-c", f": > {target}").returncode != 0
    assert not target.exists()


def test_a_node_that_leaves_says_so_then_shuts_the_door_then_finishes(
    deployment: Deployment, app: App
) -> None:
    """SECURITY.md D3.2. Visitors of the proxy see nothing of the first one's end. Both servers do it."""
    program = deployment.visitor().program
    for _ in _leaving(deployment.one, app):
        assert program.get("/.well-known/openid-configuration").status_code == 200
    assert program.get("/login").status_code == 200
    assert {node for _, node in deployment.proxy.served[-2:]} == {deployment.other.port}
    statuses = list(_leaving(deployment.other, app))
    assert statuses[-1] == 0
    for node in deployment.nodes:
        lines = node.log.read_text().splitlines()
        assert [line for line in lines if not line.startswith("{")] == []
        assert {"request_started", "request_completed", "leaving"} <= {
            json.loads(line)["event"] for line in lines
        }


def _leaving(node: Node, app: App) -> Iterator[int]:
    """What it says of its readiness while it goes, and whether it answers who had begun to ask before."""
    headers, fields = app.credentials()
    body = httpx.Request("POST", "http://x", data={**fields, "token": "unknown"}).content
    lines = ["POST /oauth2/introspect HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/x-www-form-urlencoded", *map(": ".join, headers.items()), "", ""]
    with socket.create_connection(("127.0.0.1", node.port), timeout=10) as under_way:
        under_way.sendall("\r\n".join(lines).encode() + body[:5])
        assert node.ask("/ready") == 200
        psutil.Process(node.program.pid).send_signal(signal.SIGTERM)
        seen = [node.ask("/ready")]
        while seen[-1]:
            yield seen[-1]
            seen.append(node.ask("/ready"))
        yield seen[-1]
        assert 503 in seen
        assert 200 not in seen[seen.index(503) :]
        assert node.program.is_running
        under_way.sendall(body[5:])
        assert under_way.recv(4096).startswith(b"HTTP/1.1 200 ")
    wait_until(lambda: not node.program.is_running, what="end of a node that has nothing left to do")
