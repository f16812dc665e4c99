"""The OpenAPI 3.1 document of the REST API, made of the operations themselves when it is first asked for."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

import orjson
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from portal.api.effects import EffectView
from portal.api.inputs import JSON, MERGE_PATCH
from portal.api.openapi_parts import COMMON_HEADERS, TOLD, error_response, headers, security_schemes
from portal.api.operations import PREFIX, Operation
from portal.api.shapes import ErrorResponse
from portal.api.v1 import OPERATIONS, ROOMS
from portal.infra.settings import Settings

Document = dict[str, Any]
_PART: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
_FORMATS: Final[Mapping[str, Document]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
}
_REF: Final = "#/components/schemas/{model}"
Refs: TypeAlias = Mapping[tuple[type[BaseModel], JsonSchemaMode], Document]
"""Where the schema of a model is, as it is read or as it is written."""


@lru_cache(maxsize=2)
def _packed(base_url: str, name: str) -> bytes:
    return orjson.dumps(build(base_url=base_url, name=name))


def document(settings: Settings) -> bytes:
    """The document of this portal, as JSON; made once."""
    return _packed(settings.base_url, settings.name)


def build(*, base_url: str, name: str) -> Document:
    """The document: every operation, every status, every schema."""
    refs, schemas = _schemas()
    paths: dict[str, Document] = {}
    for operation in OPERATIONS:
        paths.setdefault(_path(operation), {})[operation.method.lower()] = _operation(operation, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{name} API",
            "version": "1",
            "description": "Users, roles, apps and everything else that the console has, for programs. Every call has "
            "an access token with the scope that stands at the operation, and the person behind it needs the "
            "permission that stands there too.",
        },
        "servers": [{"url": f"{base_url}{PREFIX}"}],
        "tags": [{"name": room.tag, "description": room.about} for room in ROOMS],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {str(status): error_response(status) for status in TOLD if status >= 400},
            "headers": headers(),
            "securitySchemes": security_schemes(base_url),
        },
    }


def _schemas() -> tuple[Refs, Document]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(ErrorResponse, "serialization"): None}
    for operation in OPERATIONS:
        if operation.body is not None:
            wanted[operation.body, "validation"] = None
        if operation.returns is not None:
            wanted[operation.returns, "serialization"] = None
        if operation.previews:
            wanted[EffectView, "serialization"] = None
    refs, whole = models_json_schema(list(wanted), ref_template=_REF)
    return cast(Refs, refs), whole["$defs"]


def _operation(operation: Operation, refs: Refs) -> Document:
    said: Document = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": [
            *_path_parameters(operation),
            *_query_parameters(operation),
            *_header_parameters(operation),
        ],
        "responses": _responses(operation, refs),
        "security": [{"oauth2": [operation.scope]}, {"bearer": []}] if operation.scope else [],
    }
    if operation.description:
        said["description"] = operation.description
    if operation.permission is not None:
        action, resource = operation.permission
        said["x-permission"] = f"{resource}:{action}"
    if operation.body is not None:
        said["requestBody"] = _body(operation, refs[operation.body, "validation"])
    return said


def _body(operation: Operation, ref: Document) -> Document:
    if not operation.is_merge:
        return {"required": True, "content": {JSON: {"schema": ref}}}
    # any part of it may be left out or be null, which a schema of the whole does not say
    whole = {
        "type": "object",
        "description": f"A merge patch (RFC 7396) of {ref['$ref'].rpartition('/')[2]}.",
    }
    return {"required": True, "content": {MERGE_PATCH: {"schema": whole}, JSON: {"schema": whole}}}


def _responses(operation: Operation, refs: Refs) -> Document:
    good: Document = {"description": TOLD[operation.status], "headers": dict(COMMON_HEADERS)}
    if operation.status == 201:
        good["headers"]["Location"] = {"$ref": "#/components/headers/Location"}
    if operation.returns is not None:
        schema = refs[operation.returns, "serialization"]
        good["content"] = {JSON: {"schema": _list_of(schema) if operation.is_list else schema}}
        if not operation.is_list:
            good["headers"]["ETag"] = {"$ref": "#/components/headers/ETag"}
    if operation.produces:
        good["content"] = {kind: {"schema": {"type": "string"}} for kind in operation.produces}
    responses = {str(operation.status): good}
    if operation.previews:
        _add_preview(responses, refs[EffectView, "serialization"])
    if operation.is_get and operation.returns is not None and not operation.is_list:
        responses["304"] = {"description": TOLD[304]}
    return responses | {
        str(status): {"$ref": f"#/components/responses/{status}"}
        for status in sorted(set(_refusals(operation)))
    }


def _add_preview(responses: Document, effect: Document) -> None:
    """With `preview` it is a 200 that shows the effect, whatever the change itself would be answered with."""
    done = responses.setdefault("200", {"description": TOLD[200], "headers": dict(COMMON_HEADERS)})
    schemas = [done["content"][JSON]["schema"], effect] if "content" in done else [effect]
    schema = {"anyOf": schemas} if len(schemas) > 1 else effect
    done |= {
        "description": "Done; or, with `preview`, what it would do.",
        "content": {JSON: {"schema": schema}},
    }


def _refusals(operation: Operation) -> Iterator[int]:
    yield from (400, 429, 500, 503)
    yield from operation.refusals
    if operation.scope is not None:
        yield from (401, 403)
    if "<" in operation.path:
        yield 404
    if operation.body is not None:
        yield from (413, 415)
    if operation.is_conditional:
        yield 412
    if operation.creates:
        yield from (409, 422)
    if operation.writes:
        yield 409


def _list_of(schema: Document) -> Document:
    cursor = {
        "type": ["string", "null"],
        "description": "The `cursor` of the neighbouring page, if there is one.",
    }
    return {
        "type": "object",
        "required": ["items", "next", "previous"],
        "properties": {"items": {"type": "array", "items": schema}, "next": cursor, "previous": cursor},
    }


def _path(operation: Operation) -> str:
    return _PART.sub(r"{\2}", operation.path)


def _path_parameters(operation: Operation) -> Iterator[Document]:
    for kind, name in _PART.findall(operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": _FORMATS.get(kind, {"type": "string"})}


def _query_parameters(operation: Operation) -> Iterator[Document]:
    whole = operation.query.model_json_schema()
    for name, schema in whole.get("properties", {}).items():
        described = {"description": schema.pop("description")} if "description" in schema else {}
        yield {
            "name": name, "in": "query", "required": name in whole.get("required", ()),
            "schema": _resolved(schema, whole), **described,
        }  # fmt: skip


def _resolved(schema: Document, whole: Document) -> Document:
    """A parameter's schema stands alone, with what it refers to put in its place."""
    if "$ref" in schema:
        return _resolved(dict(whole["$defs"][schema["$ref"].rpartition("/")[2]]), whole)
    return {
        key: [_resolved(one, whole) for one in value] if key in {"anyOf", "oneOf"} else value
        for key, value in schema.items()
    }


def _header_parameters(operation: Operation) -> Iterator[Document]:
    def header(name: str, about: str) -> Document:
        return {
            "name": name,
            "in": "header",
            "required": False,
            "description": about,
            "schema": {"type": "string"},
        }

    if operation.creates:
        yield header(
            "Idempotency-Key", "The same key brings the same answer for 24 hours, and makes nothing twice."
        )
    if operation.is_conditional:
        yield header("If-Match", "The `ETag` of what is to be changed: 412 if it has changed since.")
    if operation.is_get and operation.returns is not None and not operation.is_list:
        yield header("If-None-Match", "The `ETag` of what is there already: 304 if it is the same.")
