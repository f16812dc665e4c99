"""How the protocol answers: JSON in the words of the RFCs, and redirects that change no byte of what was given."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson
from flask import Response

NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def json_answer(
    body: Mapping[str, Any], status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """A JSON answer that no cache keeps."""
    said = NO_STORE | {name: value for name, value in headers if name != "Content-Type"}
    return Response(orjson.dumps(body), status, list(said.items()), content_type="application/json")


def token_answer(token: str, content_type: str = "application/jwt") -> Response:
    """An answer that is a signed or encrypted token as a whole; no cache keeps it either."""
    response = Response(token, content_type=content_type)
    response.headers.update(NO_STORE)
    return response


def error_answer(error: str, description: str, status: int = 400) -> Response:
    """An error of the token endpoint and its neighbours (RFC 6749 section 5.2)."""
    return json_answer({"error": error, "error_description": description}, status)


def with_parameters(uri: str, parameters: Mapping[str, str | None] | Iterable[tuple[str, str | None]]) -> str:
    """The address with parameters added to its query, which itself stays byte for byte what was registered."""
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    added = urlencode([pair for pair in pairs if pair[1] is not None], quote_via=quote, safe="")
    if not added:
        return uri
    separator = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return f"{uri}{separator}{added}"


def redirect_to(uri: str) -> Response:
    """303, so that nothing that was posted here is ever posted on (RFC 9700 section 4.12).

    `uri` has been compared with a registered address; Werkzeug's own redirect would rewrite parts of it.
    """
    response = Response(status=303)
    response.autocorrect_location_header = False
    response.headers["Location"] = uri
    response.headers.update(NO_STORE)
    return response
