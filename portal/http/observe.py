"""One request, observed: its id, its log lines, its place in the metrics."""

import time
from contextlib import ExitStack

import structlog
from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from portal.http.context import client_ip, current_portal
from portal.http.framework import LeanFlask
from portal.infra.ids import new_id
from portal.infra.logging import lines_say
from portal.infra.metrics import METHODS

log = structlog.get_logger("portal.request")

QUIET = frozenset({"static", "probes.health", "probes.ready", "probes.metrics"})
"""Endpoints whose every call would only fill the log."""
REHEARSAL = "portal.rehearsal"
"""In the environment of a request that nobody has sent: it is neither logged, nor counted, nor traced."""


def observe(app: LeanFlask) -> None:
    """Number every request, log its start and end, count it under the pattern of its route."""
    app.always(before=_start, after=_finish)
    app.teardown_request(_clean_up)


def new_request_id() -> str:
    """`req_…`, for an answer's header, its lines in the log and its entries in the audit log."""
    return f"req_{new_id().hex[-20:]}"


def _start() -> None:
    g.started = time.perf_counter()
    trace_id = _begin_trace()
    g.request_id = f"req_{trace_id}" if trace_id else new_request_id()
    about = {"request_id": g.request_id, "method": request.method, "path": request.path[:200]}
    lines_say(about | {"client_address": client_ip()} | ({"trace_id": trace_id} if trace_id else {}))
    if REHEARSAL in request.environ:
        g.counted = True
        return
    current_portal().ports.metrics.request_started()
    if request.endpoint not in QUIET:
        log.info("request_started")


def _begin_trace() -> str:
    """The id of its trace, where the request is traced: by it a line of the log, an error body or an entry leads there.
    What a visitor sends as `traceparent` counts for nothing; a trusted proxy has put its own there (docs/tracing.md).
    """
    portal = current_portal()
    if not portal.ports.traces.is_on or request.endpoint in QUIET or REHEARSAL in request.environ:
        return ""
    method = request.method if request.method in METHODS else "_OTHER"
    said = {"http.request.method": method, "url.scheme": request.scheme, "http.route": endpoint()}
    parent = request.headers.get("traceparent") if portal.settings.trusted_proxy_hops else None
    g.tracing = ExitStack()
    g.span = g.tracing.enter_context(
        portal.ports.traces.serving(f"{method} {endpoint()}", said, parent=parent)
    )
    return str(g.span.trace_id)


def _finish(response: Response) -> Response:
    if "span" in g:
        g.span.note({"http.response.status_code": response.status_code})
        if response.status_code >= 500:
            g.span.fail(str(response.status_code))
    response.headers["X-Request-ID"] = g.request_id
    if "counted" in g:
        return response
    seconds = time.perf_counter() - g.started
    g.counted = True
    current_portal().ports.metrics.request_finished(request.method, endpoint(), response.status_code, seconds)
    if request.endpoint not in QUIET or response.status_code >= 400:
        log.info("request_completed", status_code=response.status_code, duration_ms=round(seconds * 1000, 1))
    return response


def _clean_up(error: BaseException | None) -> None:
    if "started" in g and "counted" not in g:
        seconds = time.perf_counter() - g.started
        current_portal().ports.metrics.request_finished(request.method, endpoint(), 500, seconds)
        if error is not None and not isinstance(error, HTTPException):
            log.error("request_failed", error=type(error).__name__)
            if "span" in g:
                g.span.fail(type(error).__name__)
    if "tracing" in g:
        g.tracing.close()
    lines_say({})


def endpoint() -> str:
    """The pattern of the route, never the raw path: paths hold ids, and their number has no bound."""
    return request.url_rule.rule if request.url_rule else "unmatched"
