"""Addresses of the REST API."""

from typing import Final

from flask import Blueprint, Response, request

from portal.api import reference
from portal.api.openapi import document
from portal.api.operations import PREFIX
from portal.api.running import view_of
from portal.api.v1 import OPERATIONS
from portal.http.context import current_portal
from portal.http.security import csrf

rest: Final = csrf.exempt(Blueprint("api", __name__))
"""No cookie counts here, so there is nothing that another site could make a browser do."""


def description() -> Response:
    """The OpenAPI document; it is the same for everybody."""
    response = Response(document(current_portal().settings), mimetype="application/json")
    response.add_etag()
    response.headers["Cache-Control"] = "public, max-age=300"
    response.make_conditional(request)
    return response


rest.add_url_rule("/api/openapi.json", view_func=description)
rest.add_url_rule("/api/docs", "reference", reference.overview)
rest.add_url_rule("/api/docs/<name>", "reference_of_room", reference.room)
for operation in OPERATIONS:
    rest.add_url_rule(
        f"{PREFIX}{operation.path}", operation.name, view_of(operation), methods=[operation.method],
        provide_automatic_options=False,
    )  # fmt: skip
