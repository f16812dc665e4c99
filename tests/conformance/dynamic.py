"""The other side as a client that registers itself."""

from dataclasses import dataclass, field, replace
from typing import Any

from werkzeug.test import TestResponse

from tests.conformance.client import Client
from tests.conformance.suite import Suite
from tests.support.signing import OwnKey, key_set, rsa_key


@dataclass
class Dynamic(Suite):
    """Proves itself by a key, as the Dynamic plan has it, unless the module says otherwise."""

    key: OwnKey = field(default_factory=lambda: rsa_key("RS256"))
    registered: dict[str, Any] = field(init=False, default_factory=dict)

    def client_called(self, who: str) -> Client:
        """Nobody, until it has registered."""
        return Client(client_id="")

    @property
    def metadata_sent(self) -> dict[str, Any]:
        """What every module sends (Registration 2)."""
        implicit = ["implicit"] if "id_token" in self.variant.parts else []
        return {
            "client_name": f"{self.config['client']['client_name']}, {self.module}",
            "grant_types": ["authorization_code", *implicit],
            "response_types": [self.variant.response_type],
            "redirect_uris": [self.callback],
            "contacts": ["certification@oidf.example"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": key_set(self.key),
        }

    def register(self, **changes: object) -> TestResponse:
        body = {name: value for name, value in {**self.metadata_sent, **changes}.items() if value is not None}
        return self.call("POST", self.metadata["registration_endpoint"], json=body)

    def registers(self, **changes: object) -> dict[str, Any]:
        """Become a client; what the portal says of it."""
        answer = self.register(**changes)
        assert (answer.status_code, answer.content_type) == (201, "application/json"), answer.text
        given: dict[str, Any] = answer.get_json()
        assert "error" not in given
        assert given["registration_client_uri"].startswith("https://")
        assert given["registration_access_token"]
        assert ("client_secret" in given) == ("client_secret_expires_at" in given)
        sent = {**self.metadata_sent, **changes}
        assert {name: given[name] for name, value in sent.items() if value is not None} == {
            name: value for name, value in sent.items() if value is not None
        }, "all that was accepted comes back"
        self.registered = given
        method = given["token_endpoint_auth_method"]
        self.client = Client(
            client_id=given["client_id"], method=method, secret=given.get("client_secret", ""), key=self.key
        )
        return given

    def use(self, key: OwnKey) -> None:
        """From now on sign with another key."""
        self.key, self.client = key, replace(self.client, key=key)

    def manage(self, method: str) -> TestResponse:
        """Ask the client's own address (RFC 7592)."""
        headers = {"Authorization": f"Bearer {self.registered['registration_access_token']}"}
        return self.call(method, self.registered["registration_client_uri"], headers=headers)

    def leave(self) -> None:
        """What a suite does after each module."""
        assert self.manage("DELETE").status_code == 204
