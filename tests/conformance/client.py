"""A client of a suite: what it is registered as, and how it proves itself."""

import base64
import secrets
import string
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from tests.support.signing import OwnKey

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LETTERS = string.ascii_letters + string.digits


def some(length: int) -> str:
    """Letters and digits that nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _ in range(length))


@dataclass(frozen=True, kw_only=True)
class Client:
    """Its name and its means."""

    client_id: str
    method: str = "client_secret_basic"
    secret: str = ""
    key: OwnKey | None = None
    scope: str = "openid"

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Client":
        """From a suite's configuration: by its key where one is given, otherwise by its secret."""
        if "jwks" not in given:
            return cls(client_id=given["client_id"], secret=given["client_secret"])
        return cls(
            client_id=given["client_id"],
            method="private_key_jwt",
            key=OwnKey.of(given["jwks"]["keys"][0]),
            scope=given["scope"],
        )

    def by(self, method: str) -> "Client":
        return replace(self, method=method)

    def credentials(self, *, audience: str, now: float) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and fields."""
        match self.method:
            case "client_secret_basic":
                pair = f"{quote(self.client_id)}:{quote(self.secret)}"
                return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}
            case "client_secret_post":
                return {}, {"client_id": self.client_id, "client_secret": self.secret}
            case _:
                return {}, self.asserts(aud=audience, now=now)

    def asserts(self, *, now: float, algorithm: str | None = None, **claims: object) -> dict[str, str]:
        """The fields of `private_key_jwt`; a claim of None is left out."""
        assert self.key is not None
        usual = {
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": some(20),
            "iat": int(now),
            "exp": int(now) + 60,
            **claims,
        }
        said = {name: value for name, value in usual.items() if value is not None}
        return {
            "client_assertion_type": ASSERTION,
            "client_assertion": self.key.sign(said, algorithm=algorithm),
        }
