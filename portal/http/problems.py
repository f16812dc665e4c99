"""Errors, turned into answers here alone: a page for people, JSON for programs; the same words in both."""

from dataclasses import dataclass, field
from pathlib import Path

import structlog
from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from portal.access.errors import PermissionMissing
from portal.http.context import current_portal, request_id
from portal.http.refusals import ways_on
from portal.infra.errors import DomainError, Invalid, Kind, Limited, Unavailable
from portal.infra.idempotency import KeyReused, StillRunning

log = structlog.get_logger(__name__)

STATUS = {
    Kind.INVALID: 422,
    Kind.NOT_SIGNED_IN: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.CHANGED: 412,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """An error as the page and the JSON answer show it. `advice` says what to do and who can fix it."""

    status: int
    code: str
    title: str
    message: str
    advice: str = ""
    retry_after_seconds: int | None = None
    developer: tuple[tuple[str, str], ...] = ()
    """Rows for the people who run the app that sent the visitor here: what was sent, what was expected."""
    fields: tuple[dict[str, str], ...] = field(default=())
    actions: tuple[tuple[str, str], ...] = ()
    """Texts and addresses of buttons, the main one first; without any there is a way home."""
    reference: str | None = None
    """What to quote, where it is not this request's own id."""
    challenges: tuple[str, ...] = ()
    """What would be accepted instead, as values of `WWW-Authenticate`."""


WORDS: dict[int, tuple[str, str, str]] = {
    400: ("That request can't be used", "The address or the form is malformed.", "Go back and try again."),
    401: ("Sign in first", "This page is for people who are signed in.", "Sign in and open it again."),
    403: ("You can't open this", "Your account lacks the permission.", "Ask an administrator for it."),
    404: ("There's nothing here", "The address is wrong, or what it led to is gone.", "Check the address."),
    405: ("That can't be done here", "This address doesn't take that kind of request.", "Use the page's buttons."),
    409: ("Something changed meanwhile", "Somebody else changed it too.", "Reload the page and try again."),
    410: ("This link is used up", "It worked once, or it is too old.", "Ask for a new one."),
    412: ("Something changed meanwhile", "Somebody else changed it too.", "Read it again, then send your change."),
    413: ("That is too large", "The portal takes forms of up to 64 kB.", "Send less at once."),
    415: ("That format isn't taken here", "The portal can't read it.", "Send the form from its page."),
    422: ("That can't be saved yet", "The form needs another look.", "Go back and mend it."),
    429: ("Too many tries", "This came more often than a person would do it.", "Wait a moment and try again."),
    500: ("Something went wrong here", "It's a fault of the portal, not yours. Nothing was changed.",
          "Try again. If it stays, give your administrator the reference below."),
    503: ("The portal can't answer right now", "Nothing was changed.", "Try again in a few seconds."),
}  # fmt: skip


def answer(problem: Problem) -> Response:
    """The problem as a page, or as JSON below /api."""
    response = _json(problem) if is_for_program() else _page(problem)
    challenges = problem.challenges or (("Bearer",) if problem.status == 401 and is_for_program() else ())
    for challenge in challenges:  # no 401 without one (RFC 9110 section 15.5.2)
        response.headers.add("WWW-Authenticate", challenge)
    if problem.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    response.headers["Cache-Control"] = "no-store"
    return response


def is_for_program() -> bool:
    """Whether the address is one of the REST API, where every answer is JSON."""
    return request.path.startswith("/api/") and not request.path.startswith("/api/docs")


def handle_problems(app: Flask) -> None:
    """Every way in which a request can fail has its answer; none of them shows a stack, a statement or a secret."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(SQLAlchemyError, _database_error)
    app.register_error_handler(Exception, _unexpected)


def of_status(status: int, *, message: str | None = None, code: str | None = None) -> Problem:
    """The house's words for an HTTP status."""
    title, words, advice = WORDS.get(status, WORDS[500 if status >= 500 else 400])
    return Problem(
        status=status, code=code or f"http_{status}", title=title, message=message or words, advice=advice
    )


def _domain_error(error: DomainError) -> Response:
    base = of_status(_status(error))
    later = error.retry_after_seconds if isinstance(error, Limited | Unavailable | StillRunning) else None
    fields = error.fields if isinstance(error, Invalid) else ()
    refused = error if isinstance(error, PermissionMissing) else None
    return answer(
        Problem(
            status=base.status,
            code=error.code,
            title=base.title,
            actions=ways_on(refused) if refused else (),
            reference=refused.reference if refused else None,
            message=error.message,
            retry_after_seconds=later,
            challenges=getattr(error, "challenges", ()),
            fields=tuple({"field": one.field, "message": one.message, "code": one.code} for one in fields),
        )
    )


def _status(error: DomainError) -> int:
    """Where no form has to be shown again, what can't be used is simply a bad request."""
    is_bad = error.kind is Kind.INVALID and not isinstance(error, KeyReused)
    return 400 if is_bad and is_for_program() else STATUS[error.kind]


def _stale_form(_error: CSRFError) -> Response:
    return answer(
        Problem(
            status=400,
            code="form_expired",
            title="This form has expired",
            message="It was opened before you last signed in or out, or cookies are off. Nothing was changed.",
            advice="Go back, reload the page and send it again.",
        )
    )


def http_error(error: HTTPException) -> Response:
    """What the framework has against a request, in the house's words."""
    if error.response is not None:
        return make_response(error.response)
    status = error.code or 500
    given = error.description if status == 403 and error.description != type(error).description else None
    response = answer(of_status(status, message=given))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _database_error(error: SQLAlchemyError) -> Response:
    """A database that is away, slow or locked is a wait; anything else it says is our fault. Its text stays here."""
    away = isinstance(error, PoolTimeout) or (
        isinstance(error, DBAPIError)
        and (error.connection_invalidated or type(error).__name__ == "OperationalError")
    )
    if not away:
        return _unexpected(error)
    log.error("database_unavailable", kind=type(error).__name__)
    problem = of_status(503)
    return answer(Problem(**{**problem.__dict__, "retry_after_seconds": 3}))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected_error", kind=type(error).__name__, exc_info=error)
    return answer(of_status(500))


def _page(problem: Problem) -> Response:
    try:
        body = render_template(
            "errors/error.html",
            problem=problem,
            reference=problem.reference or request_id(),
            actions=problem.actions,
        )
    except Exception:
        # the error page itself failed: a static one always works
        log.exception("error_page_failed")
        body = Path(current_app.static_folder or "static", "500.html").read_text(encoding="utf-8")
    return make_response(body, problem.status)


def _json(problem: Problem) -> Response:
    """The one error shape of the REST contract. A no that was said before is explained under its first reference."""
    kept = problem.reference
    why = f" The reasons are kept under {kept}." if kept and kept != request_id() else ""
    response = jsonify(
        error=problem.code,
        message=problem.message + why,
        details=list(problem.fields),
        trace_id=request_id(),
        timestamp=current_portal().ports.clock.now().isoformat().replace("+00:00", "Z"),
    )
    response.status_code = problem.status
    return response
