"""The other side: a client with the suite's configuration, written by nobody who wrote the portal's endpoints."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self
from urllib.parse import quote, urlencode

from werkzeug.test import TestResponse

from tests.conformance.answers import Answer, Signed
from tests.conformance.checks import (
    ERROR_TEXT,
    KNOWN_RESPONSE,
    check_front_tokens,
    check_hashes,
    check_id_token,
    check_keys,
    check_metadata,
    check_userinfo,
    claims_of,
    entropy,
)
from tests.conformance.client import Client, some
from tests.conformance.pages import Page
from tests.conformance.robot import Arrival, Robot
from tests.conformance.trial import HOME, Trial
from tests.conformance.variants import Variant

LONG_STATE_END = "-._~"
"""The characters that are not letters in the longest state that a suite sends."""


@dataclass
class Suite:
    """One module's run."""

    trial: Trial
    variant: Variant
    module: str
    who: str = "client"
    algorithm: str = "RS256"
    """What ID tokens have to be signed with."""
    token_type: str = "Bearer"
    config: dict[str, Any] = field(init=False)
    client: Client = field(init=False)
    robot: Robot = field(init=False)

    def __post_init__(self) -> None:
        self.config = self.trial.config(self.variant.config)
        self.override = self._override()
        self.client = self.client_called(self.who)
        self.program = self.trial.app.test_client(use_cookies=False)
        self.open_browser(is_fresh=self.variant.is_fresh)

    def client_called(self, who: str) -> Client:
        return Client.of(self.config[who])

    def open_browser(self, *, is_fresh: bool = True) -> None:
        """Another one, which begins with the script."""
        visitor = self.trial.app.test_client() if is_fresh else self.trial.visitor
        script = self.override.get("browser", self.config["browser"])
        self.robot = Robot(visitor, self.program, HOME, script)

    def as_client(self, who: str) -> Self:
        """The same module for another client of the configuration, in the same browser."""
        other = replace(self, who=who)
        other.robot = self.robot
        return other

    def _override(self) -> dict[str, Any]:
        name = f"{self.variant.prefix}{self.module}"
        found = {key.replace("_", "-"): value for key, value in self.config.get("override", {}).items()}
        override: dict[str, Any] = found.get(name, {})
        return override

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

    def call(self, method: str, url: str, **further: Any) -> TestResponse:  # noqa: ANN401 - the library's options
        """As a program, without cookies."""
        return self.program.open(url.removeprefix(HOME), method=method, base_url=HOME, **further)

    # ------------------------------------------------------------------------------------------------- the flow's steps

    @property
    def now(self) -> float:
        return self.trial.clock.now().timestamp()

    @property
    def place(self) -> str:
        """Where the suite's own addresses are."""
        return f"{self.trial.away.url}/test/a/{self.config['alias']}"

    @property
    def callback(self) -> str:
        return f"{self.place}/callback"

    def request(self, **changes: str | None) -> dict[str, str]:
        """A suite sends no PKCE in the OpenID plans."""
        usual: dict[str, str | None] = {
            "client_id": self.client.client_id,
            "redirect_uri": self.callback,
            "scope": "openid",
            "state": some(10),
            "nonce": some(10),
            "response_type": self.variant.response_type,
            "response_mode": self.variant.response_mode,
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
        return self.taken(self.visit(asked, by_post=by_post), asked)

    def taken(self, arrival: Page | Arrival, asked: dict[str, str]) -> Answer:
        assert isinstance(arrival, Arrival), arrival.words
        assert arrival.url.startswith(asked["redirect_uri"]), arrival.url
        form_post = asked.get("response_mode") == "form_post"
        in_query = asked.get("response_type", "code") == "code"
        if form_post:
            parameters = arrival.posted
            assert arrival.query == Arrival(asked["redirect_uri"]).query, "nothing but what is registered"
        else:
            parameters = arrival.query if in_query else arrival.fragment
        if not in_query:
            assert not {"code", "access_token", "id_token", "error"} & arrival.query.keys()
        assert parameters.get("state") == asked.get("state")
        assert parameters["iss"] == self.metadata["issuer"]
        if "error" in parameters:
            assert not {"code", "access_token", "id_token"} & parameters.keys()
            assert parameters.keys() <= KNOWN_RESPONSE | {"error", "error_description", "error_uri"}
            assert ERROR_TEXT.fullmatch(parameters.get("error_description", ""))
        return Answer(parameters, arrival)

    def post(self, url: str, **form: str) -> TestResponse:
        """A form with the client's credentials; its assertions name the token endpoint (Core 9)."""
        headers, fields = self.client.credentials(audience=self.metadata["token_endpoint"], now=self.now)
        return self.call("POST", url, data={**fields, **form}, headers=headers)

    def redeem(self, code: str, **further: str) -> TestResponse:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.callback, **further}
        return self.post(self.metadata["token_endpoint"], **form)

    def refresh(self, token: str, **further: str) -> TestResponse:
        form = {"grant_type": "refresh_token", "refresh_token": token, **further}
        return self.post(self.metadata["token_endpoint"], **form)

    def userinfo(self, access_token: str, method: str = "GET") -> TestResponse:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.call(method, self.metadata["userinfo_endpoint"], headers=headers)

    # ------------------------------------------------------------------------------------------ the happy path

    def sign_in(self, *, by_post: bool = False, verifier: str | None = None, **changes: str | None) -> Signed:
        """From the request to userinfo, everything looked at on the way."""
        asked = self.request(**changes)
        assert self.client.method in self.metadata["token_endpoint_auth_methods_supported"]
        answer = self.authorize(asked, by_post=by_post)
        wanted = frozenset(asked["response_type"].split())
        check_front_tokens(answer.parameters, wanted)
        id_tokens = [self.checked_front_id_token(answer, asked)] if "id_token" in wanted else []
        tokens: dict[str, Any] = {}
        if "code" in wanted:
            assert len(answer["code"]) >= 16
            assert entropy(answer["code"]) >= 96
            further = {"code_verifier": verifier} if verifier else {}
            tokens = self.checked_tokens(self.redeem(answer["code"], **further))
            id_tokens.append(
                self.checked_id_token(tokens["id_token"], asked, access_token=tokens["access_token"])
            )
        for name in ("iss", "sub", "auth_time"):
            assert len({claims[name] for claims in id_tokens} or {"none"}) == 1, name
        used = [one["access_token"] for one in (answer.parameters, tokens) if "access_token" in one]
        subject = id_tokens[0]["sub"] if id_tokens else None
        told = [self.checked_userinfo(token, asked, subject) for token in used]
        return Signed(asked, answer, tokens, id_tokens, told[-1] if told else {})

    def checked_tokens(self, response: TestResponse) -> dict[str, Any]:
        assert (response.status_code, response.content_type) == (200, "application/json"), response.text
        assert response.headers["Cache-Control"] == "no-store"
        tokens: dict[str, Any] = response.get_json()
        assert tokens["token_type"] == self.token_type
        assert isinstance(tokens["expires_in"], int)
        assert 0 < tokens["expires_in"] <= 365 * 86_400
        assert entropy(tokens["access_token"]) >= 96
        return tokens

    def checked_front_id_token(self, answer: Answer, asked: dict[str, str]) -> dict[str, Any]:
        claims = self.checked_id_token(answer["id_token"], asked)
        check_hashes(claims, answer.parameters)
        return claims

    def checked_id_token(
        self, token: str, asked: dict[str, str], *, access_token: str | None = None
    ) -> dict[str, Any]:
        claims = claims_of(token, self.jwks, algorithm=self.algorithm)
        check_id_token(
            claims, issuer=self.metadata["issuer"], client_id=self.client.client_id, now=self.now, asked=asked
        )
        if access_token is not None and "at_hash" in claims:
            check_hashes(claims, {"access_token": access_token})
        return claims

    def checked_userinfo(
        self, access_token: str, asked: dict[str, str], subject: str | None
    ) -> dict[str, Any]:
        answer = self.userinfo(access_token)
        assert (answer.status_code, answer.content_type) == (200, "application/json"), answer.text
        claims: dict[str, Any] = answer.get_json()
        assert subject in {None, claims["sub"]}
        if "claims" not in asked:
            check_userinfo(claims, now=self.now, scopes=set(asked["scope"].split()))
        return claims
