"""Where visitors end up: at the app that sent them, at the page they wanted, never elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from portal.http.security import cookie_name
from portal.infra.actor import SYSTEM
from portal.infra.crypto.digests import TokenKind, issue, parse
from portal.infra.ids import new_id
from portal.sessions.services import begin_flow
from tests.accounts.steps import PASSWORD, code_in, token_in
from tests.web.browsing import send, sign_in, words_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

    from portal.accounts.models import User
    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

    AddPerson = Callable[..., User]
    Begin = Callable[..., str]
    Deliver = Callable[[], int]

MAYA = "maya@example.org"
KESTREL = "https://ci.example.org"
GOOD = ["/account/profile", "/account/sessions?x=1", "/oauth2/authorize?client_id=a&state=b%20c"]
# V1: every way in which such a check has been passed somewhere
HOSTILE = [
    "//evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example", "/%09/evil.example", "/\t/evil.example",
    "/\n/evil.example", "///evil.example", "https:evil.example", "https:/evil.example", "https://evil.example",
    "HTTPS://evil.example", "http://localhost@evil.example", "http://localhost:80@evil.example",
    "http://localhost.evil.example", "http://localhost", "//localhost", "evil.example", "evil.example#@localhost",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "/..%2f..%2fevil", "/%252e%252e/x", "/..;/admin",
    "/../x", "/./x", "/%5cevil.example", "/%2f%2fevil.example", "/account//evil.example", "http://[::1]/",
    "http://\uff45vil.example", "/\uff0fevil.example", "/\u2028/evil.example", "/account\r\nSet-Cookie: a=b",
    "/" + "a" * 10_000, " /account", "?next=//evil.example", "#//evil.example", "mailto:a@evil.example", "",
]  # fmt: skip


@pytest.fixture
def maya(add_person: AddPerson) -> User:
    return add_person(MAYA, name="Maya Okafor", password=PASSWORD)


@pytest.fixture
def begin(portal: Portal, app: Flask) -> Begin:
    """What the authorization endpoint does: remember the request for this browser."""

    def remember(client: FlaskClient, **state: object) -> str:
        issued = issue(TokenKind.BROWSER, new_id())
        parsed = parse(TokenKind.BROWSER, issued.token)
        assert parsed is not None
        with portal.unit_of_work(SYSTEM) as uow:
            flow = begin_flow(
                uow,
                "authorize",
                browser_digest=parsed.digest,
                resume_path="/oauth2/authorize/resume",
                app_name="Kestrel <CI>",
                redirect_origin=KESTREL,
                state=state,
            )
        with app.app_context():
            client.set_cookie(cookie_name("browser"), issued.token)
        return str(flow.id)

    return remember


@pytest.mark.usefixtures("maya")
@pytest.mark.parametrize("path", GOOD)
def test_sign_in_leads_back_to_the_page_that_asked_for_it(client: FlaskClient, path: str) -> None:
    first = send(client, "/login", identifier=MAYA, next=path)
    assert parse_qs(urlsplit(first.location or "").query)["next"] == [path]
    answer = send(client, "/login/password", identifier=MAYA, password=PASSWORD, next=path)
    assert answer.location == path


@pytest.mark.usefixtures("maya")
def test_a_guarded_page_remembers_itself(client: FlaskClient) -> None:
    guarded = client.get("/account/sessions?x=1")
    assert (guarded.status_code, guarded.location) == (303, "/login?next=%2Faccount%2Fsessions%3Fx%3D1")
    assert 'value="/account/sessions?x=1"' in client.get(guarded.location or "").text


@pytest.mark.usefixtures("maya")
def test_no_target_leads_elsewhere_after_sign_in(app: Flask) -> None:
    for target in HOSTILE:
        client = app.test_client()
        assert sign_in(client, MAYA, next=target).location == "/account", target
        assert client.get("/login", query_string={"next": target}).location == "/account", target
        assert client.get("/signup", query_string={"next": target}).location == "/account", target
        assert send(client, "/logout", next=target).location == "/login", target


def test_no_target_leads_elsewhere_after_sign_up_or_recovery(client: FlaskClient) -> None:
    for target in HOSTILE:
        fields = {"name": "Noor", "email": "noor@example.org", "password": PASSWORD}
        assert send(client, "/signup", next=target, **fields).location == "/signup/check-inbox", target
        assert send(client, "/recover", email=MAYA, next=target).location == "/recover/sent", target
        for path in ("/login", "/signup/check-inbox", "/recover"):
            assert "evil" not in client.get(path, query_string={"next": target}).text, target


@pytest.mark.usefixtures("maya")
def test_a_doubled_target_is_one_target(client: FlaskClient) -> None:
    page = client.get("/login?next=/account/profile&next=//evil.example")
    assert "evil" not in page.text


@pytest.mark.usefixtures("maya")
def test_a_flow_is_carried_through_the_sign_in_to_its_app(client: FlaskClient, begin: Begin) -> None:
    flow = begin(client, login_hint=MAYA)
    page = client.get("/login", query_string={"flow": flow})
    assert "to continue to Kestrel <CI>" in words_on(page)
    assert f'value="{MAYA}"' in page.text
    assert f"form-action 'self' {KESTREL}" in page.headers["Content-Security-Policy"]
    second = client.get("/login/password", query_string={"flow": flow})
    assert second.status_code == 303
    answer = sign_in(client, MAYA, flow=flow)
    assert answer.location == f"/oauth2/authorize/resume?flow={flow}"


def test_a_flow_is_carried_through_the_sign_up_to_its_app(
    client: FlaskClient, begin: Begin, deliver: Deliver, post: PostOffice
) -> None:
    flow = begin(client)
    fields = {"name": "Noor", "email": "noor@example.org", "password": PASSWORD}
    inbox = send(client, "/signup", flow=flow, **fields).location or ""
    page = client.get(inbox)
    assert "to continue to Kestrel <CI>" in words_on(page)
    assert KESTREL in page.headers["Content-Security-Policy"]
    deliver()
    answer = send(client, "/signup/check-inbox", code=code_in(post.to("noor@example.org")[0]), flow=flow)
    assert answer.location == f"/oauth2/authorize/resume?flow={flow}"


def test_the_mailed_link_finds_its_flow_again(
    client: FlaskClient, begin: Begin, deliver: Deliver, post: PostOffice
) -> None:
    flow = begin(client)
    send(client, "/signup", flow=flow, name="Noor", email="noor@example.org", password=PASSWORD)
    deliver()
    link = f"/verify/{token_in(post.to('noor@example.org')[0])}"
    assert KESTREL in client.get(link).headers["Content-Security-Policy"]
    assert send(client, link).location == f"/oauth2/authorize/resume?flow={flow}"


@pytest.mark.usefixtures("maya")
def test_a_flow_is_carried_through_a_recovery(
    client: FlaskClient, begin: Begin, deliver: Deliver, post: PostOffice
) -> None:
    flow = begin(client)
    assert flow in (send(client, "/recover", email=MAYA, flow=flow).location or "")
    deliver()
    link = f"/recover/{token_in(post.to(MAYA)[0])}"
    answer = send(client, link, password="nine wet owls above the mill", flow=flow)
    assert answer.location == f"/login/password?flow={flow}"


@pytest.mark.usefixtures("maya")
def test_a_flow_of_another_browser_counts_for_nothing(
    client: FlaskClient, other: FlaskClient, begin: Begin
) -> None:
    flow = begin(client)
    page = other.get("/login", query_string={"flow": flow})
    assert "Kestrel" not in page.text
    assert KESTREL not in page.headers["Content-Security-Policy"]
    assert sign_in(other, MAYA, flow=flow).location == "/account"


@pytest.mark.usefixtures("maya")
def test_a_flow_that_is_over_counts_for_nothing(
    client: FlaskClient, begin: Begin, clock: MovableClock
) -> None:
    flow = begin(client)
    clock.advance(minutes=31)
    assert sign_in(client, MAYA, flow=flow).location == "/account"
    for nonsense in ("x", "0" * 32, "'; --", "../"):
        assert "Kestrel" not in client.get("/login", query_string={"flow": nonsense}).text


@pytest.mark.usefixtures("maya")
def test_who_is_signed_in_goes_straight_on_unless_the_app_wants_proof(
    client: FlaskClient, begin: Begin
) -> None:
    sign_in(client, MAYA)
    flow = begin(client)
    assert (
        client.get("/login", query_string={"flow": flow}).location == f"/oauth2/authorize/resume?flow={flow}"
    )
    strict = begin(client, must_sign_in=True)
    page = client.get("/login", query_string={"flow": strict})
    assert page.status_code == 200
    assert f'value="{MAYA}"' in page.text
    held = client.get_cookie("portal_session")
    fields = {"identifier": MAYA, "password": PASSWORD, "flow": strict}
    proved = send(client, "/login/password", page=f"/login?flow={strict}", **fields)
    assert proved.location == f"/oauth2/authorize/resume?flow={strict}"
    now_held = client.get_cookie("portal_session")
    assert held is not None
    assert now_held is not None
    assert held.value != now_held.value
