"""What a suite holds in its hands after a step."""

from dataclasses import dataclass
from typing import Any

from tests.conformance.robot import Arrival


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
    """What the token endpoint gave; nothing where no code was asked for."""
    id_tokens: list[dict[str, Any]]
    """The claims of each ID token: the one of the front channel first."""
    userinfo: dict[str, Any]

    @property
    def id_token(self) -> dict[str, Any]:
        return self.id_tokens[0]

    @property
    def access_token(self) -> str:
        return str(self.tokens.get("access_token") or self.answer["access_token"])

    @property
    def hint(self) -> str:
        """An ID token as it came."""
        return str(self.answer.parameters.get("id_token") or self.tokens["id_token"])

    @property
    def told(self) -> dict[str, Any]:
        """The claims of the scopes, wherever they belong (Core 5.4)."""
        return self.userinfo or self.id_token
