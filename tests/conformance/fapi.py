"""The other side as a client of FAPI 2.0: pushes what it asks, proves itself and its tokens by keys."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from tests.conformance.answers import Answer
from tests.conformance.checks import ERROR_TEXT, KNOWN_RESPONSE, claims_of
from tests.conformance.client import some
from tests.conformance.pages import Page
from tests.conformance.robot import Arrival
from tests.conformance.suite import Suite
from tests.support.signing import OwnKey

Named = dict[str, Any]
COPIED = frozenset({"response_type", "scope", "redirect_uri"})
"""What a suite leaves in the address, beside the reference."""


def hash_of(text: str) -> str:
    """SHA-256 as base64url: a challenge, or the hash of an access token."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Fapi(Suite):
    """`private_key_jwt` and DPoP; signed requests and answers where the plan is Message Signing."""

    algorithm: str = "ES256"
    token_type: str = "DPoP"
    dpop: OwnKey = field(default_factory=OwnKey)
    verifier: str = field(default_factory=lambda: some(64))

    def as_client(self, who: str) -> Self:
        """With a DPoP key of its own."""
        other = super().as_client(who)
        other.dpop = OwnKey()
        return other

    @property
    def signs(self) -> bool:
        return self.variant.response_mode == "jwt"

    # ------------------------------------------------------------------------------------------------ what it sends

    def request(self, **changes: str | None) -> dict[str, str]:
        pkce = {"code_challenge": hash_of(self.verifier), "code_challenge_method": "S256"}
        return super().request(**{"scope": "openid profile email", **pkce, **changes})

    def signed(
        self,
        asked: dict[str, str],
        *,
        algorithm: str | None = None,
        key: OwnKey | None = None,
        **claims: object,
    ) -> str:
        """The request as a token (RFC 9101); a claim of None is left out."""
        own = key or self.client.key
        assert own is not None
        now = int(self.now)
        usual: Named = {
            "iss": self.client.client_id,
            "aud": self.metadata["issuer"],
            "iat": now,
            "nbf": now,
            "exp": now + 300,
        }
        said = {name: value for name, value in {**asked, **usual, **claims}.items() if value is not None}
        return own.sign(said, typ="oauth-authz-req+jwt", algorithm=algorithm)

    def proof(
        self,
        url: str,
        method: str = "POST",
        *,
        key: OwnKey | None = None,
        header: Named | None = None,
        **claims: object,
    ) -> str:
        """A DPoP proof; a claim or header of None is left out."""
        own = key or self.dpop
        usual: Named = {"jti": some(20), "htm": method, "htu": url, "iat": int(self.now), **claims}
        said = {name: value for name, value in usual.items() if value is not None}
        return own.sign(said, **{"typ": "dpop+jwt", "jwk": own.bare, "kid": None, **(header or {})})

    def assertion(self, *, algorithm: str | None = None, **claims: object) -> dict[str, str]:
        """The fields that prove who it is: to FAPI 2.0 the issuer, as a string, is the only audience."""
        usual = {"aud": self.metadata["issuer"], **claims}
        return self.client.asserts(now=self.now, algorithm=algorithm, **usual)

    def post(self, url: str, **form: str) -> TestResponse:
        return self.ask(url, form)

    def ask(
        self,
        url: str,
        form: dict[str, str],
        *,
        assertion: dict[str, str] | None = None,
        proof: str | None = "",
    ) -> TestResponse:
        """With another assertion or proof than the usual ones; a proof of None is none."""
        proved = self.proof(url) if proof == "" else proof
        headers = {"DPoP": proved} if proved is not None else {}
        fields = self.assertion() if assertion is None else assertion
        return self.call("POST", url, data={**form, **fields}, headers=headers)

    def push(
        self, asked: dict[str, str], *, assertion: dict[str, str] | None = None, proof: str | None = None
    ) -> TestResponse:
        """Hand a request in; signed, where the plan wants that."""
        form = {"client_id": self.client.client_id, "request": self.signed(asked)} if self.signs else asked
        return self.push_form(form, assertion=assertion, proof=proof)

    def push_form(
        self, form: dict[str, str], *, assertion: dict[str, str] | None = None, proof: str | None = None
    ) -> TestResponse:
        return self.ask(
            self.metadata["pushed_authorization_request_endpoint"], form, assertion=assertion, proof=proof
        )

    def pushed(self, asked: dict[str, str], **how: Any) -> str:  # noqa: ANN401 - as `push` has it
        """The reference to a request that was handed in."""
        answer = self.push(asked, **how)
        assert answer.status_code == 201, answer.text
        given = answer.get_json()
        assert 5 <= given["expires_in"] < 600
        assert len(given["request_uri"].rpartition(":")[2]) >= 22
        return str(given["request_uri"])

    # ------------------------------------------------------------------------------------------- where it sends people

    def visit(self, asked: dict[str, str], *, by_post: bool = False) -> Page | Arrival:
        return self.visit_pushed(self.pushed(asked), asked)

    def visit_pushed(self, reference: str, asked: dict[str, str]) -> Page | Arrival:
        """With copies of some parameters beside the reference, as a suite does it."""
        copied = {name: value for name, value in asked.items() if name in COPIED}
        return self.visit_address({"client_id": self.client.client_id, "request_uri": reference, **copied})

    def visit_address(self, parameters: dict[str, str]) -> Page | Arrival:
        """Exactly these parameters in the address."""
        return super().visit(parameters)

    def taken(self, arrival: Page | Arrival, asked: dict[str, str]) -> Answer:
        if not self.signs:
            return super().taken(arrival, asked)
        assert isinstance(arrival, Arrival), arrival.words
        registered = Arrival(asked["redirect_uri"]).query
        assert arrival.query.keys() - registered.keys() == {"response"}, "everything is in the token"
        said = claims_of(arrival.query["response"], self.jwks, algorithm="ES256")
        assert said.pop("aud") == self.client.client_id
        assert 10 <= said.pop("exp") - self.now <= 600
        assert said["iss"] == self.metadata["issuer"]
        assert said.get("state") == asked.get("state")
        said.pop("iat", None)
        assert said.keys() <= KNOWN_RESPONSE | {"code", "error", "error_description"}
        assert ERROR_TEXT.fullmatch(said.get("error_description", ""))
        return Answer(said, arrival)

    def signs_in_to_code(self, **changes: str | None) -> str:
        """Half of the way."""
        return self.authorize(self.request(**changes))["code"]

    def redeem(self, code: str, **further: str) -> TestResponse:
        return super().redeem(code, **{"code_verifier": self.verifier, **further})

    def redeem_by(
        self,
        code: str,
        *,
        assertion: dict[str, str] | None = None,
        proof: str | None = "",
        **further: str | None,
    ) -> TestResponse:
        """The code with something wrong beside it; a field of None is left out."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": self.verifier,
            **further,
        }
        given = {name: value for name, value in form.items() if value is not None}
        return self.ask(self.metadata["token_endpoint"], given, assertion=assertion, proof=proof)

    # -------------------------------------------------------------------------------------------------- the resource

    def userinfo(
        self, access_token: str, method: str = "GET", scheme: str = "DPoP", **headers: str
    ) -> TestResponse:
        return self.userinfo_by(
            access_token, self.resource_proof(access_token, method), method, scheme, **headers
        )

    def userinfo_by(
        self, access_token: str, proof: str | None, method: str = "GET", scheme: str = "DPoP", **headers: str
    ) -> TestResponse:
        sent = {"Authorization": f"{scheme} {access_token}", **headers}
        if proof is not None:
            sent["DPoP"] = proof
        return self.call(method, self.config["resource"]["resourceUrl"], headers=sent)

    def resource_proof(self, access_token: str, method: str = "GET", **changes: Any) -> str:  # noqa: ANN401
        claims = {"ath": hash_of(access_token), **changes}
        return self.proof(claims.pop("htu", self.config["resource"]["resourceUrl"]), method, **claims)

    def refused(self, answer: TestResponse, *errors: str, status: tuple[int, ...] = (400,)) -> None:
        """A program's refusal, with one of these codes."""
        assert answer.status_code in status, answer.text
        assert answer.content_type == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.get_json()["error"] in errors, answer.text
        assert urlsplit(answer.headers.get("Location", "")).netloc == ""
        assert json.dumps(answer.get_json()).isascii()
