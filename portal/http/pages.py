"""Answers for people: whole pages, blocks for htmx, and redirects after a change."""

from typing import Any

import htmx_flask
from flask import Response, make_response, render_template
from htmx_flask import request as htmx_request
from jinja2_fragments.flask import render_block
from werkzeug.utils import redirect


def is_htmx() -> bool:
    """Whether htmx asks, so that a block is enough. Never a ground for any decision but what to render."""
    return bool(htmx_request.htmx) and not htmx_request.htmx.history_restore_request


def respond(template: str, block: str | None = None, *, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
    """The page; or, where htmx asks and the view names one, only the block. `Vary` keeps caches from mixing them."""
    body = (
        render_block(template, block, **context)
        if block and is_htmx()
        else render_template(template, **context)
    )
    response = make_response(body, status)
    response.vary.add("HX-Request")
    return response


def see_other(path: str) -> Response:
    """After a change, always 303: a reload repeats nothing, and no credential is posted on (RFC 9700 section 4.12)."""
    if is_htmx():
        answer: Response = htmx_flask.make_response("", 204, redirect=path)
        return answer
    response = make_response(redirect(path, code=303))
    response.autocorrect_location_header = False
    return response
