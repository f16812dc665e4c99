"""The requests that are measured, made by a caller that costs next to nothing itself."""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask

from portal.bootstrap import Portal
from portal.clients.rules import ClientKind
from portal.clients.schemas import RegisterClient
from portal.clients.usecases import register_client
from portal.infra.actor import SYSTEM
from tests.oauth.steps import CALLBACK, LEFT, SCOPE, VERIFIER, App
from tests.support.people import add_person, sign_in

ENVIRON: Final[dict[str, Any]] = {
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SCRIPT_NAME": "",
    "REMOTE_ADDR": "127.0.0.1",
    "HTTP_HOST": "localhost",
    "HTTP_USER_AGENT": "python-requests/2.32.5",
    "HTTP_ACCEPT": "*/*",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": io.StringIO(),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class Wsgi:
    """Calls the application as a server does. Answers are whole, with their status and headers."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return self._call("GET", path, b"", headers)

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> tuple[int, dict[str, str], bytes]:
        return self._call("POST", path, urlencode(form).encode(), headers)

    def _call(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        path, _, query = path.partition("?")
        environ = ENVIRON | {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        if method == "POST":
            environ["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
            environ["CONTENT_LENGTH"] = str(len(body))
        heard: list[Any] = []

        def start_response(status: str, sent: Iterable[tuple[str, str]], _error: object = None) -> None:
            heard.extend((int(status[:3]), dict(sent)))

        answered = self._app(environ, start_response)  # type: ignore[arg-type]
        try:
            text = b"".join(answered)
        finally:
            if hasattr(answered, "close"):
                answered.close()
        return heard[0], heard[1], text


class Rows:
    """Each request by its name. One person, one app of each kind, one chain of refresh tokens."""

    def __init__(self, app: Flask) -> None:
        self._app, self._wsgi = app, Wsgi(app)
        portal: Portal = app.extensions["portal"]
        self._web, self._service = register(portal, "web"), register(portal, "service")
        self._maya = add_person(portal, "maya@meridian.example", name="Maya Okafor")
        browser = sign_in(app.test_client(), portal, self._maya)
        page = browser.get("/oauth2/authorize", query_string=self._web.request())
        while page.status_code == 303:
            page = browser.get(page.headers["Location"])
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        browser.post("/oauth2/consent", data={**fields, "decision": "allow"})
        name = "portal_session"
        cookie = browser.get_cookie(name)
        if cookie is None:
            raise SystemExit("the browser has no session")
        self._cookies = f"{name}={cookie.value}"
        self._tokens = self.redeem(self.code())

    def all(self) -> dict[str, Callable[[], None]]:
        return {
            "discovery": self.discovery,
            "jwks": self.jwks,
            "client_credentials": self.client_credentials,
            "introspection": self.introspection,
            "userinfo": self.userinfo,
            "refresh": self.refresh,
            "authorize": self.authorize,
            "silent": self.silent,
        }

    def discovery(self) -> None:
        expect(200, self._wsgi.get("/.well-known/openid-configuration"))

    def jwks(self) -> None:
        expect(200, self._wsgi.get("/oauth2/jwks"))

    def client_credentials(self) -> None:
        headers, _ = self._service.credentials()
        expect(200, self._wsgi.post("/oauth2/token", {"grant_type": "client_credentials"}, **headers))

    def introspection(self) -> None:
        headers, _ = self._web.credentials()
        answer = self._wsgi.post("/oauth2/introspect", {"token": self._tokens["access_token"]}, **headers)
        if b'"active":true' not in answer[2]:
            raise SystemExit(f"introspection: {answer}")

    def userinfo(self) -> None:
        token = f"Bearer {self._tokens['access_token']}"
        expect(200, self._wsgi.get("/oauth2/userinfo", Authorization=token))

    def refresh(self) -> None:
        headers, _ = self._web.credentials()
        form = {"grant_type": "refresh_token", "refresh_token": self._tokens["refresh_token"]}
        answer = self._wsgi.post("/oauth2/token", form, **headers)
        self._tokens = json.loads(expect(200, answer))

    def authorize(self) -> None:
        self.code()

    def silent(self) -> None:
        self.redeem(self.code())

    def code(self) -> str:
        path = f"/oauth2/authorize?{urlencode(self._web.request(scope=SCOPE))}"
        answer = self._wsgi.get(path, Cookie=self._cookies)
        expect(303, answer)
        return dict(parse_qsl(urlsplit(answer[1]["Location"]).query))["code"]

    def redeem(self, code: str) -> dict[str, Any]:
        headers, _ = self._web.credentials()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        tokens: dict[str, Any] = json.loads(expect(200, self._wsgi.post("/oauth2/token", form, **headers)))
        return tokens


def expect(status: int, answer: tuple[int, dict[str, str], bytes]) -> bytes:
    """The body, if this is the answer that was to come."""
    if answer[0] != status:
        raise SystemExit(f"{answer[0]} instead of {status}: {answer[2][:500]!r}")
    return answer[2]


def register(portal: Portal, kind: ClientKind) -> App:
    """An app of this kind that everyone may use."""
    uris = [] if kind == "service" else [CALLBACK]
    left = [] if kind == "service" else [LEFT]
    form = RegisterClient(
        client_name=f"Measured {kind}",
        kind=kind,
        redirect_uris=uris,
        post_logout_redirect_uris=left,
        audience="everyone",
    )
    with portal.unit_of_work(SYSTEM) as uow:
        made = register_client(uow, form)
        method = uow.session.merge(made.client).token_endpoint_auth_method
    return App(client_id=made.client.client_id, secret=made.secret, auth_method=method)
