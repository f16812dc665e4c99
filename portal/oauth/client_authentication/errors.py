"""The one way in which client authentication fails."""

from authlib.oauth2.rfc6749 import InvalidClientError


class ClientRefusedError(InvalidClientError):  # type: ignore[misc]
    """Nobody proved to be a client. `claimed` is whom they claimed to be; it may not even exist."""

    def __init__(self, description: str, *, claimed: str | None = None, method: str = "none") -> None:
        super().__init__(description=description, status_code=401)
        self.claimed, self.method = claimed, method
