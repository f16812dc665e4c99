"""The other side: a client with the suite's configuration, written by nobody who wrote the portal's endpoints."""

import base64
import json
import secrets
import string
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask
from werkzeug.test import TestResponse

from tests.conformance.checks import (
    ERROR_TEXT,
    KNOWN_RESPONSE,
    check_id_token,
    check_keys,
    check_metadata,
    check_userinfo,
    claims_of,
    entropy,
)
from tests.conformance.pages import Page
from tests.conformance.robot import Arrival, Robot
from tests.support.portals import MovableClock

HOME = "https://localhost:8000"
FOLDER = Path(__file__).parents[2] / "deploy" / "conformance"
CALLBACK = "https://localhost.emobix.co.uk:8443/test/a/portal/callback"
LETTERS = string.ascii_letters + string.digits
LONG_STATE_END = "-._~"
"""The characters that are not letters in the longest state that a suite sends."""


def some(length: int) -> str:
    """Letters and digits that nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


@dataclass(frozen=True)
class Answer:
    """What came back to the callback."""

    parameters: dict[str, str]
    arrival: Arrival

    def __getitem__(self, name: str) -> str:
        return self.parameters[name]

    def __contains__(self, name: str) -> bool:
        return name in self.parameters


@dataclass
class Signed:
    """A whole happy path: what was asked for, and all that came of it."""

    asked: dict[str, str]
    answer: Answer
    tokens: dict[str, Any]
    id_token: dict[str, Any]
    userinfo: dict[str, Any]


@dataclass
class Suite:
    """One module's run, with cookies of its own."""

    app: Flask
    clock: MovableClock
    config: dict[str, Any]
    module: str
    who: str = "client"
    auth_method: str = "client_secret_basic"
    robot: Robot = field(init=False)

    def __post_init__(self) -> None:
        override = self.config.get("override", {}).get(self.module, {})
        self.robot = Robot(self.app, HOME, override.get("browser", self.config["browser"]))
        self.program = self.app.test_client(use_cookies=False)

    @classmethod
    def of(cls, app: Flask, clock: MovableClock, name: str, module: str) -> "Suite":
        return cls(app, clock, json.loads((FOLDER / f"suite-{name}.json").read_text()), module)

    # ------------------------------------------------------------------------------------------ the portal's documents

    @cached_property
    def metadata(self) -> dict[str, Any]:
        address = self.config["server"]["discoveryUrl"]
        answer = self.call("GET", address)
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        document: dict[str, Any] = answer.get_json()
        assert document["issuer"] == address.removesuffix("/.well-known/openid-configuration")
        check_metadata(document)
        return document

    @cached_property
    def jwks(self) -> dict[str, Any]:
        document: dict[str, Any] = self.call("GET", self.metadata["jwks_uri"]).get_json()
        check_keys(document)
        return document

    def call(
        self,
        method: str,
        url: str,
        *,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """As a program, without cookies."""
        path = url.removeprefix(HOME)
        return self.program.open(path, method=method, base_url=HOME, data=form, headers=headers)

    # ------------------------------------------------------------------------------------------------- the flow's steps

    @property
    def now(self) -> float:
        return self.clock.now().timestamp()

    @property
    def client(self) -> dict[str, str]:
        client: dict[str, str] = self.config[self.who]
        return client

    def request(self, **changes: str | None) -> dict[str, str]:
        """A suite sends no PKCE in the OpenID plans."""
        usual: dict[str, str | None] = {
            "client_id": self.client["client_id"],
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": some(10),
            "nonce": some(10),
            "response_type": "code",
            **changes,
        }
        return {name: value for name, value in usual.items() if value is not None}

    def visit(self, asked: dict[str, str], *, by_post: bool = False) -> Page | Arrival:
        endpoint = self.metadata["authorization_endpoint"]
        if by_post:
            return self.robot.visit(endpoint, posted=asked)
        return self.robot.visit(f"{endpoint}?{urlencode(asked, quote_via=quote)}")

    def authorize(self, asked: dict[str, str], *, by_post: bool = False) -> Answer:
        """The answer at the callback, with all that holds for every answer."""
        arrival = self.visit(asked, by_post=by_post)
        assert isinstance(arrival, Arrival), arrival.words
        assert arrival.url.startswith(asked["redirect_uri"]), arrival.url
        form_post = asked.get("response_mode") == "form_post"
        in_query = asked.get("response_type", "code") == "code"
        parameters = arrival.posted if form_post else arrival.query if in_query else arrival.fragment
        if form_post:
            assert not arrival.query
        if not in_query:
            assert not {"code", "access_token", "id_token", "error"} & arrival.query.keys()
        assert parameters.get("state") == asked.get("state")
        assert parameters["iss"] == self.metadata["issuer"]
        if "error" in parameters:
            assert "code" not in parameters
            assert parameters.keys() <= KNOWN_RESPONSE | {"error", "error_description", "error_uri"}
            assert ERROR_TEXT.fullmatch(parameters.get("error_description", ""))
        return Answer(parameters, arrival)

    def post(self, url: str, **form: str) -> TestResponse:
        """A form with the client's credentials."""
        client_id, secret = self.client["client_id"], self.client["client_secret"]
        if self.auth_method == "client_secret_post":
            return self.call("POST", url, form={**form, "client_id": client_id, "client_secret": secret})
        pair = base64.b64encode(f"{quote(client_id)}:{quote(secret)}".encode()).decode()
        return self.call("POST", url, form=form, headers={"Authorization": f"Basic {pair}"})

    def redeem(self, code: str, **further: str) -> TestResponse:
        return self.post(
            self.metadata["token_endpoint"],
            grant_type="authorization_code",
            code=code,
            redirect_uri=CALLBACK,
            **further,
        )

    def userinfo(self, access_token: str, method: str = "GET") -> TestResponse:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.call(method, self.metadata["userinfo_endpoint"], headers=headers)

    # ------------------------------------------------------------------------------------------ the happy path

    def sign_in(self, *, by_post: bool = False, verifier: str | None = None, **changes: str | None) -> Signed:
        """From the request to userinfo, everything looked at on the way."""
        asked = self.request(**changes)
        assert self.auth_method in self.metadata["token_endpoint_auth_methods_supported"]
        answer = self.authorize(asked, by_post=by_post)
        assert "code" in answer, answer.parameters
        assert entropy(answer["code"]) >= 96
        response = self.redeem(answer["code"], **({"code_verifier": verifier} if verifier else {}))
        assert (response.status_code, response.content_type) == (200, "application/json"), response.text
        assert response.headers["Cache-Control"] == "no-store"
        tokens = response.get_json()
        assert tokens["token_type"] == "Bearer"
        assert isinstance(tokens["expires_in"], int)
        assert tokens["expires_in"] > 0
        claims = self.checked_id_token(tokens["id_token"], asked)
        return Signed(asked, answer, tokens, claims, self.checked_userinfo(tokens, asked, claims["sub"]))

    def checked_id_token(self, token: str, asked: dict[str, str]) -> dict[str, Any]:
        claims = claims_of(token, self.jwks)
        check_id_token(
            claims,
            issuer=self.metadata["issuer"],
            client_id=self.client["client_id"],
            nonce=asked.get("nonce"),
            now=self.now,
            scopes=set(asked["scope"].split()),
        )
        return claims

    def checked_userinfo(self, tokens: dict[str, Any], asked: dict[str, str], subject: str) -> dict[str, Any]:
        answer = self.userinfo(tokens["access_token"])
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        claims: dict[str, Any] = answer.get_json()
        if "claims" not in asked:
            check_userinfo(claims, subject=subject, now=self.now, scopes=set(asked["scope"].split()))
        return claims
