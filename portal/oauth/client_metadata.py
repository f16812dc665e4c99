"""What an app says of itself, read from JSON, and what is wrong with it in the words of RFC 7591."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from authlib.oauth2 import OAuth2Error
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portal.clients.schemas import ClientMetadata
from portal.infra.errors import Invalid

JSON: Final = "application/json"
INVALID: Final = "invalid_client_metadata"
INVALID_REDIRECT: Final = "invalid_redirect_uri"
MAX_DEPTH: Final = 12
# what RFC 6749 section 5.2 lets an error_description be made of
_UNSPEAKABLE: Final = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class MetadataRefusedError(OAuth2Error):  # type: ignore[misc]
    """The errors of RFC 7591 section 3.2.2."""

    def __init__(self, description: str, *, error: str = INVALID) -> None:
        super().__init__(error=error, description=_UNSPEAKABLE.sub("'", description)[:300], status_code=400)


def object_of(body: bytes) -> dict[str, Any]:
    """A JSON object of which every value can be stored.

    Raises:
        MetadataRefusedError: it is none.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MetadataRefusedError("This is no JSON in UTF-8.") from None
    if not isinstance(document, dict) or not _is_storable(document, MAX_DEPTH):
        raise MetadataRefusedError("Send one JSON object, without control characters and not too deep.")
    return document


def metadata_of_document(document: Mapping[str, Any]) -> ClientMetadata:
    """What the app says of itself, checked member by member.

    Raises:
        MetadataRefusedError: naming the first member that can't stand.
    """
    try:
        return ClientMetadata.model_validate(dict(document))
    except ValidationError as invalid:
        raise _refused(invalid.errors(include_url=False, include_input=False)) from None


def _refused(errors: Iterable[ErrorDetails]) -> MetadataRefusedError:
    error = next(iter(errors))
    name = str(error["loc"][0]) if error["loc"] else ""
    words = error["msg"].removeprefix("Value error, ")
    return MetadataRefusedError(f"{name}: {words}", error=_code_of(name))


def refusal_of(problem: Invalid) -> MetadataRefusedError:
    """A use case's finding: its first one, with the name of the member."""
    first = problem.fields[0] if problem.fields else None
    name, words = (first.field, first.message) if first else (problem.field or "", problem.message)
    return MetadataRefusedError(f"{name}: {words}" if name else words, error=_code_of(name))


def _code_of(name: str) -> str:
    return INVALID_REDIRECT if name == "redirect_uris" else INVALID


def _is_storable(value: object, depth: int) -> bool:
    """PostgreSQL keeps no NUL, JSON has no infinity, and nobody needs a tower."""
    if depth == 0:
        return False
    match value:
        case str():
            return "\x00" not in value
        case float():
            return math.isfinite(value)
        case list():
            return all(_is_storable(one, depth - 1) for one in value)
        case dict():
            return all(
                _is_storable(name, depth) and _is_storable(one, depth - 1) for name, one in value.items()
            )
        case _:
            return True
