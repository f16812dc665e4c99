"""A registration, read: the token that came with it, the document, and what becomes of its errors."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from authlib.oauth2 import OAuth2Error
from flask import Request, Response

from portal.clients.errors import InitialAccessRefused
from portal.http.throttles import throttle
from portal.infra.errors import Invalid
from portal.infra.rate_limit import CLIENT_REFUSED
from portal.oauth.client_metadata import JSON, MetadataRefusedError, object_of, refusal_of

P = ParamSpec("P")


class TokenRefusedError(OAuth2Error):  # type: ignore[misc]
    """The token opens nothing here (RFC 6750 section 3.1)."""

    def __init__(self, description: str, *, error: str = "invalid_token") -> None:
        super().__init__(error=error, description=description, status_code=401)

    def get_headers(self) -> list[tuple[str, str]]:
        challenge = f'Bearer error="{self.error}"' if self.error == "invalid_token" else "Bearer"
        return [*super().get_headers(), ("WWW-Authenticate", challenge)]


def bearer_of(request: Request) -> str | None:
    """The token in the Authorization header; None where there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def read_document(request: Request) -> dict[str, Any]:
    """The object in the body.

    Raises:
        MetadataRefusedError: there is none.
    """
    if request.mimetype != JSON:
        raise MetadataRefusedError("Send the metadata as application/json.")
    return object_of(request.get_data(cache=False))


def registration_errors(view: Callable[P, Response]) -> Callable[P, Response]:
    """What use cases have against a registration, in the words of RFC 7591. Guessing tokens is slowed down."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except Invalid as problem:
            raise refusal_of(problem) from None
        except InitialAccessRefused as refused:
            throttle("client_refused", CLIENT_REFUSED)
            raise TokenRefusedError(refused.message) from None

    return guarded
