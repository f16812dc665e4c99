"""Headers, cookies, CSRF and the one gate for redirects."""

import re
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from flask import Response, abort, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from werkzeug.routing import RequestRedirect

from portal.http.framework import LeanFlask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from portal.infra.settings import Settings

csrf = CSRFProtect()

MAX_BODY_BYTES = 64 * 1024
YEAR_SECONDS = 31_536_000
_LOCAL_PATH = re.compile(
    r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@-][A-Za-z0-9/._~!$&'()*+,;=:@-]*)?"  # a path without escapes
    r"(?:\?[A-Za-z0-9/?._~!$&'()*+,;=:@%-]*)?"
)


def protect(app: LeanFlask, settings: "Settings") -> None:
    """Wire everything below into the application."""
    prefix = "__Host-" if settings.is_https else ""
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_NAME=f"{prefix}portal_state",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the state cookie: a form left open overnight still works
        WTF_CSRF_SSL_STRICT=False,  # Origin and Sec-Fetch-Site are checked below; Referrer-Policy hides the Referer
    )
    app.before_request(_refuse_mended_paths)
    app.before_request(_refuse_foreign_posts)
    csrf.init_app(app)
    app.wsgi_app = FixedHeaders(app.wsgi_app, settings)  # type: ignore[method-assign]

    app.always(after=_set_headers)


class FixedHeaders:
    """A WSGI layer that says what is the same in every answer, where the framework would look through all of the
    headers for each of them.
    """

    def __init__(self, app: "WSGIApplication", settings: "Settings") -> None:
        self._app = app
        self._fixed = [(name.lower(), (name, value)) for name, value in fixed_headers(settings).items()]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: object) -> Callable[[bytes], object]:
            said = {name.lower() for name, _ in headers}
            headers += [pair for name, pair in self._fixed if name not in said]
            return start_response(status, headers, *error)  # type: ignore[arg-type]

        return self._app(environ, cast("StartResponse", start))


def cookie_name(name: str) -> str:
    """`__Host-portal_<name>` under https: no other host and no other path can set it (RFC 6265bis section 4.1.3.2)."""
    return f"__Host-portal_{name}" if current_app.config["SESSION_COOKIE_SECURE"] else f"portal_{name}"


def set_cookie(response: Response, name: str, value: str, *, max_age_seconds: int | None = None) -> None:
    """A cookie that scripts can't read and other sites can't send with a POST."""
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=max_age_seconds,
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: Response, name: str) -> None:
    """Tell the browser to forget the cookie."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.delete_cookie(cookie_name(name), path="/", secure=secure, httponly=True, samesite="Lax")


def csp_nonce() -> str:
    """The nonce of this response's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return cast(str, g.csp_nonce)


def allow_form_action(origin: str | None) -> None:
    """Let this page's forms end at `origin`: Chromium applies `form-action` to the redirects after a POST too."""
    if origin:
        g.form_action = origin


def allow_frames(origins: Iterable[str]) -> None:
    """Let this page hold frames of these origins, and of no others."""
    g.frames = " ".join(dict.fromkeys(origins))


def safe_redirect(target: str | None, *, default: str = "/account") -> str:
    """`target` if it is a path on this portal, written in plain characters; else `default`.

    The allow-list of characters is the point: backslashes, tabs and `//` are how such checks are passed (Werkzeug
    strips a tab, so `/\\t/evil.example` becomes `//evil.example`).
    """
    if not target or len(target) > 2000 or not _LOCAL_PATH.fullmatch(target):
        return default
    path = target.partition("?")[0]
    return default if "//" in path or "/." in path else target


def _refuse_mended_paths() -> None:
    """Werkzeug mends `/account//profile` by a redirect to the Host of the request, which anybody may have written."""
    if isinstance(request.routing_exception, RequestRedirect):
        abort(404)


def _refuse_foreign_posts() -> None:
    """A second wall beside the CSRF token: browsers say where a form came from, and it has to be here."""
    if request.method in {"GET", "HEAD", "OPTIONS", "TRACE"} or _is_exempt():
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        abort(403, description="This form was sent from another site, so it was not accepted.")
    origin = request.headers.get("Origin")
    if origin and origin != "null" and origin != current_app.config["PORTAL_ORIGIN"] and site is None:
        abort(403, description="This form was sent from another site, so it was not accepted.")


def _set_headers(response: Response) -> Response:
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = _policy() if headers.get("Content-Type") != JSON else DATA_POLICY
    if "Cache-Control" not in headers and request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    return response


def _is_exempt() -> bool:
    """Protocol endpoints are called by programs, which bring credentials of their own and no cookies."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.blueprint in csrf._exempt_blueprints:  # noqa: SLF001
        return True
    return f"{view.__module__}.{view.__name__}" in csrf._exempt_views  # noqa: SLF001


def _policy() -> str:
    """The policy of this answer. It is written once; what differs from answer to answer is put in."""
    form_action = f" {g.form_action}" if "form_action" in g else ""
    frames = f"; frame-src {g.frames}" if g.get("frames") else ""
    return _POLICY.replace(_NONCE, csp_nonce()).replace(_FORM_ACTION, form_action) + frames


JSON = "application/json"
DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Of answers that are no page: they may load nothing and send nothing anywhere."""
_NONCE = "<nonce>"
_FORM_ACTION = " <origin>"
_POLICY = (
    ContentSecurityPolicy()
    .default_src("'none'")
    .script_src("'self'", f"'nonce-{_NONCE}'")
    .style_src("'self'")
    .img_src("'self'", "data:")
    .font_src("'self'")
    .connect_src("'self'")
    .form_action("'self'", _FORM_ACTION.strip())
    .base_uri("'none'")
    .frame_ancestors("'none'")
    .header_value
)


def fixed_headers(settings: "Settings") -> dict[str, str]:
    """What every answer says, whatever it answers."""
    headers = Secure(
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        permissions=PermissionsPolicy().value(
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
            "publickey-credentials-get=(self), publickey-credentials-create=(self)"
        ),
        # same-origin, not no-referrer: Chromium sends "Origin: null" with every form of a no-referrer page
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
        hsts=StrictTransportSecurity().max_age(YEAR_SECONDS).include_subdomains()
        if settings.is_https
        else None,
    )
    return dict(headers.header_items())
