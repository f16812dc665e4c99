"""What a program sent, read strictly: JSON of one meaning (RFC 8259, RFC 7493), judged by the operation's schema."""

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import UnsupportedMediaType

from portal.infra.crypto.foreign import unique_members
from portal.infra.errors import FieldProblem, Invalid
from portal.infra.wording import in_words

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
DEEPEST: Final = 20

M = TypeVar("M", bound=BaseModel)
Members = dict[str, Any]


def json_body(*, is_merge: bool = False) -> Members:
    """The object in the body.

    Raises:
        UnsupportedMediaType: it is not sent as JSON.
        Invalid: it is none, or means different things to different readers.
    """
    if request.mimetype not in ({JSON, MERGE_PATCH} if is_merge else {JSON}):
        raise UnsupportedMediaType
    try:
        text = request.get_data().decode("utf-8")
        found = json.loads(text, object_pairs_hook=unique_members, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # halves of surrogate pairs end here
    except RecursionError:
        _unreadable(f"The body is nested more than {DEEPEST} deep.")
    except (ValueError, UnicodeError):
        _unreadable("The body is not JSON, in UTF-8, with each name once.")
    if not isinstance(found, dict):
        _unreadable("The body has to be a JSON object.")
    if _deeper(found, DEEPEST):
        _unreadable(f"The body is nested more than {DEEPEST} deep.")
    if _holds_nul(found):
        _unreadable("The body holds a character U+0000, which nothing here can keep.")
    return found


def query_members() -> Members:
    """The parameters of the address, each at most once."""
    doubled = [name for name in request.args if len(request.args.getlist(name)) > 1]
    if doubled:
        problem = FieldProblem(doubled[0][:50], "doubled", "Send it once")
        raise Invalid("A parameter came more than once.", fields=(problem,))
    if any("\0" in value or "\0" in name for name, value in request.args.items()):
        raise Invalid("The address holds a character U+0000, which nothing here can keep.")
    return dict(request.args)


def checked(schema: type[M], given: Mapping[str, Any], *, context: Members | None = None) -> M:
    """What was sent, as the schema has it.

    Raises:
        Invalid: with every member that is wrong.
    """
    try:
        return schema.model_validate(dict(given), context=context)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
        problems = tuple(_problem(error) for error in errors[:50])
    raise Invalid("Some of what was sent can't be used.", fields=problems)


def merged(target: object, patch: object) -> object:
    """The target as the patch wants it: members that are null go, others come (RFC 7396 section 2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _problem(error: ErrorDetails) -> FieldProblem:
    """In the words of the pages, but for what no page can send."""
    place = ".".join(str(part) for part in error["loc"])[:100]
    kind = error["type"]
    words = "There is no such member here" if kind == "extra_forbidden" else in_words(error)
    return FieldProblem(place, kind, words)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _unreadable(words: str) -> NoReturn:
    raise Invalid(words, code="unreadable") from None


def _deeper(value: object, left: int) -> bool:
    if isinstance(value, dict):
        return left == 0 or any(_deeper(member, left - 1) for member in value.values())
    if isinstance(value, list):
        return left == 0 or any(_deeper(member, left - 1) for member in value)
    return False


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in name or _holds_nul(member) for name, member in value.items())
    return isinstance(value, list) and any(_holds_nul(member) for member in value)
