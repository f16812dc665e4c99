"""Addresses of the protocol, and what all of its answers share."""

from collections.abc import Callable
from typing import Final, cast

from flask import Blueprint, Flask, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import MethodNotAllowed

from portal.http.framework import LeanFlask
from portal.http.problems import http_error
from portal.http.security import csrf
from portal.oauth import cors, logout
from portal.oauth.authorization import views
from portal.oauth.bearer import introduce
from portal.oauth.device import pages as device_pages
from portal.oauth.device.endpoint import device_authorization, qr_code
from portal.oauth.endpoints.introspection import Introspection, introspect
from portal.oauth.endpoints.par import push
from portal.oauth.endpoints.revocation import Revocation, revoke
from portal.oauth.endpoints.token import token
from portal.oauth.endpoints.userinfo import userinfo
from portal.oauth.logout import EndSession
from portal.oauth.provider import make_provider, provider
from portal.oauth.registration import logos
from portal.oauth.registration import views as registration
from portal.oauth.responses import error_answer

protocol = Blueprint("oauth", __name__)
"""What programs call."""
pages = Blueprint("oauth_pages", __name__)
"""Where people come by."""

CALLED_BY_SCRIPTS = {
    "token": (token, ["POST"]),
    "par": (push, ["POST"]),
    "revoke": (revoke, ["POST"]),
    "userinfo": (userinfo, ["GET", "POST"]),
}


OFTEN: Final = ("oauth.token", "oauth.introspect", "oauth.userinfo", "oauth.revoke")
"""What apps and APIs ask all the time."""
PROGRAMS_ONLY = frozenset(
    f"/oauth2/{name}" for name in (*CALLED_BY_SCRIPTS, "introspect", "device_authorization", "register")
)


def refuse_method(error: MethodNotAllowed) -> Response:
    """Whoever asks here reads JSON, and no page with buttons."""
    if request.path not in PROGRAMS_ONLY:
        return http_error(error)
    methods = sorted(set(error.valid_methods or ()) - {"OPTIONS", "HEAD"})
    answer = error_answer("invalid_request", f"Send this by {' or '.join(methods)}.", 405)
    answer.headers["Allow"] = ", ".join(methods)
    return answer


def discovery() -> Response:
    """For whoever asks by another method than a plain GET, as for the keys: those never come here."""
    return provider().discovery.answer()


def jwks() -> Response:
    """The public keys (RFC 7517)."""
    return provider().jwks().answer()


def _preflight_for(methods: list[str]) -> Callable[[], Response]:
    def preflight() -> Response:
        return cors.let_apps_read(cors.preflight(", ".join(methods)))

    return preflight


def _readable(view: Callable[[], Response]) -> Callable[[], Response]:
    def answered() -> Response:
        return cors.let_apps_read(view())

    answered.__name__ = f"readable_{view.__name__}"
    return answered


@protocol.record_once
def hang_in(state: BlueprintSetupState) -> None:
    """Make the server when the application is put together."""
    make_provider(cast(Flask, state.app), endpoints=(Introspection, Revocation, EndSession))
    introduce(cast(Flask, state.app))
    cast(Flask, state.app).register_error_handler(MethodNotAllowed, refuse_method)


for name, (view, methods) in CALLED_BY_SCRIPTS.items():
    path = f"/oauth2/{name}"
    answered = csrf.exempt(_readable(view))
    protocol.add_url_rule(path, name, answered, methods=methods, provide_automatic_options=False)
    protocol.add_url_rule(path, f"{name}_preflight", _preflight_for(methods), methods=["OPTIONS"])

for path, name, view, methods in registration.ROUTES:
    protocol.add_url_rule(path, name, csrf.exempt(view), methods=methods, provide_automatic_options=False)

protocol.add_url_rule("/oauth2/introspect", view_func=csrf.exempt(introspect), methods=["POST"])
protocol.add_url_rule("/oauth2/jwks", view_func=jwks)
protocol.add_url_rule("/.well-known/openid-configuration", view_func=discovery)
protocol.add_url_rule("/.well-known/oauth-authorization-server", "discovery_of_rfc_8414", discovery)

protocol.add_url_rule(
    "/oauth2/device_authorization", view_func=csrf.exempt(device_authorization), methods=["POST"]
)

pages.add_url_rule("/device", "device", device_pages.device)
pages.add_url_rule("/device", "find_device", device_pages.look_up, methods=["POST"])
pages.add_url_rule("/device/review", "review_device", device_pages.review)
pages.add_url_rule("/device/review", "decide_device", device_pages.decide, methods=["POST"])
pages.add_url_rule("/device/done", "device_done", device_pages.done)
pages.add_url_rule("/device/qr.svg", "device_qr", qr_code)
pages.add_url_rule("/oauth2/authorize", "authorize", csrf.exempt(views.endpoint), methods=["GET", "POST"])
pages.add_url_rule("/oauth2/authorize/resume", view_func=views.resume)
pages.add_url_rule("/oauth2/authorize/account", view_func=views.choose_account, methods=["POST"])
pages.add_url_rule("/oauth2/apps/<uuid:client_pk>/logo", "logo", logos.logo)
pages.add_url_rule("/oauth2/consent", view_func=views.consent, methods=["POST"])
pages.add_url_rule("/oauth2/logout", view_func=csrf.exempt(logout.logout), methods=["GET", "POST"])
pages.add_url_rule("/oauth2/logout/confirm", "confirm_logout", logout.confirm, methods=["POST"])
pages.add_url_rule("/oauth2/signed-out", view_func=logout.signed_out)


@protocol.record_once
def shorten_ways(state: BlueprintSetupState) -> None:
    """After the last rule of programs."""
    cast(LeanFlask, state.app).answer_directly(*OFTEN)
