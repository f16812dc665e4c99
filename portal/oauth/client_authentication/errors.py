"""The ways in which a client fails to prove that it speaks."""

from authlib.oauth2.rfc6749 import InvalidClientError


class ClientRefusedError(InvalidClientError):  # type: ignore[misc]
    """Nobody proved to be a client. `claimed` is whom they claimed to be; it may not even exist."""

    def __init__(self, description: str, *, claimed: str | None = None, method: str = "none") -> None:
        super().__init__(description=description, status_code=401)
        self.claimed, self.method = claimed, method


class AssertionRefusedError(ClientRefusedError):
    """The same of an assertion that is a grant: `invalid_grant` (RFC 7521 section 4.1.1), and remembered alike."""

    error = "invalid_grant"

    def __init__(self, description: str, *, claimed: str | None = None, method: str = "none") -> None:
        super().__init__(description, claimed=claimed, method=method)
        self.status_code = 400
