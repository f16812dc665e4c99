"""The API for people: the OpenAPI document as pages, a room a page, on which every operation can be tried."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from flask import Response, abort

from portal.api.openapi import build
from portal.api.openapi_parts import TOLD, Document
from portal.api.operations import PREFIX, Operation, Room
from portal.api.v1 import ROOMS
from portal.clients.rules.api_scopes import WORDS
from portal.http.context import current_portal
from portal.http.pages import respond

DEEPEST: Final = 3
"""Members of members that are shown; deeper ones stand in the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A parameter, or a member of a body."""

    name: str
    kind: str
    is_required: bool
    about: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One operation, as its page shows it."""

    operation: Operation
    path: str
    about: Sequence[str]
    """Paragraphs."""
    parameters: Sequence[Member]
    headers: Sequence[Member]
    body: Sequence[Member]
    example: str
    answer: Sequence[Member]
    statuses: Sequence[tuple[int, str]]
    curl: str


def slug_of(room: Room) -> str:
    return room.tag.lower().replace(" ", "-")


def overview() -> Response:
    """How to call, and what there is."""
    return respond(
        "api/reference/overview.html",
        rooms=_rooms(),
        scopes=WORDS,
        base_url=current_portal().settings.base_url,
        prefix=PREFIX,
        nav="overview",
    )


def room(name: str) -> Response:
    """The operations of one room."""
    found = next((one for one in ROOMS if slug_of(one) == name), None)
    if found is None:
        abort(404)
    settings = current_portal().settings
    return respond(
        "api/reference/room.html",
        rooms=_rooms(),
        room=found,
        operations=_shown(found.tag, settings.base_url),
        scopes=WORDS,
        prefix=PREFIX,
        nav=name,
    )


def _rooms() -> list[dict[str, Any]]:
    return [
        {"tag": one.tag, "about": one.about, "slug": slug_of(one), "count": len(list(one))} for one in ROOMS
    ]


@lru_cache(maxsize=1)
def _document(base_url: str) -> Document:
    return build(base_url=base_url, name="")


@lru_cache(maxsize=32)
def _shown(tag: str, base_url: str) -> tuple[Shown, ...]:
    document = _document(base_url)
    found = next(one for one in ROOMS if one.tag == tag)
    said = {
        one["operationId"]: (path, one)
        for path, methods in document["paths"].items()
        for one in methods.values()
    }
    return tuple(_told(operation, *said[operation.name], document) for operation in found)


def _told(operation: Operation, path: str, said: Document, document: Document) -> Shown:
    parameters = [_parameter(one) for one in said["parameters"] if one["in"] != "header"]
    body = _schema_of(operation.body.__name__, document) if operation.body is not None else {}
    answer = _schema_of(operation.returns.__name__, document) if operation.returns is not None else {}
    members = [*_members(body, document, is_patch=operation.is_merge)]
    example = _example(body, document, is_patch=operation.is_merge) if operation.body is not None else ""
    return Shown(
        operation=operation,
        path=path,
        about=[" ".join(one.split()) for one in operation.description.split("\n\n") if one],
        parameters=parameters,
        headers=[_parameter(one) for one in said["parameters"] if one["in"] == "header"],
        body=members,
        example=example,
        answer=[*_members(answer, document)],
        statuses=[(int(status), TOLD[int(status)]) for status in sorted(said["responses"])],
        curl=_curl(operation, path, example, base_url=document["servers"][0]["url"]),
    )


def _schema_of(name: str, document: Document) -> Document:
    """By its name; where reading and writing differ, Pydantic has two of them."""
    schemas: Mapping[str, Document] = document["components"]["schemas"]
    return next((schemas[one] for one in (name, f"{name}-Input", f"{name}-Output") if one in schemas), {})


def _parameter(said: Document) -> Member:
    schema = said["schema"]
    return Member(
        name=said["name"], kind=_kind(schema), is_required=said["required"], about=said.get("description", ""),
        choices=_choices(schema),
    )  # fmt: skip


def _members(schema: Document, document: Document, *, is_patch: bool = False) -> Iterator[Member]:
    required = () if is_patch else schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        resolved = _resolved(one, document)
        yield Member(
            name=name, kind=_kind(resolved), is_required=name in required, about=resolved.get("description", ""),
            choices=_choices(resolved),
        )  # fmt: skip


def _resolved(schema: Document, document: Document, *, left: int = DEEPEST) -> Document:
    reference = schema.get("$ref")
    if reference and left:
        found = document["components"]["schemas"][reference.rpartition("/")[2]]
        return {
            **_resolved(found, document, left=left - 1),
            **{k: v for k, v in schema.items() if k != "$ref"},
        }
    return schema


def _kind(schema: Document) -> str:
    """A type in words: `text (uuid)`, `list of text`, `number or null`."""
    options = schema.get("anyOf")
    if options:
        return " or ".join(dict.fromkeys(_kind(one) for one in options))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        return "text"
    kind = {"string": "text", "array": "list", "integer": "number"}.get(
        str(schema.get("type")), str(schema.get("type", "any"))
    )
    if kind == "list":
        return f"list of {_kind(schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _choices(schema: Document) -> tuple[str, ...]:
    options = schema.get("anyOf", [schema])
    return tuple(str(one) for option in options for one in option.get("enum", ()))


def _example(schema: Document, document: Document, *, is_patch: bool) -> str:
    """What a body could be: members that are needed, or the first of a patch."""
    members = schema.get("properties", {})
    wanted = list(members)[:1] if is_patch else schema.get("required", ())
    return json.dumps({name: _sample(_resolved(members[name], document)) for name in wanted}, indent=2)


def _sample(schema: Document) -> object:
    if "examples" in schema:
        return schema["examples"][0]
    options = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    first = options[0] if options else {}
    if first.get("enum"):
        return first["enum"][0]
    if first.get("format") == "uuid":
        return "00000000-0000-7000-8000-000000000000"
    return {
        "string": "…",
        "integer": first.get("minimum", 1),
        "boolean": True,
        "array": [],
        "object": {},
    }.get(str(first.get("type")), "…")


def _curl(operation: Operation, path: str, example: str, *, base_url: str) -> str:
    parts = ["curl" if operation.is_get else f"curl -X {operation.method}"]
    if operation.scope is not None:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    if example:
        parts.append('-H "Content-Type: application/json"')
        parts.append(f"-d '{json.dumps(json.loads(example), ensure_ascii=False)}'")
    return " \\\n  ".join([*parts, f'"{base_url}{path}"'])
