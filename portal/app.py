"""The application: the portal behind Flask, with every door hung in."""

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import structlog
from flask import Blueprint, Flask
from flask_wtf.csrf import generate_csrf
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

from portal.bootstrap import Portal, build_portal, secret_key
from portal.http import signing_in
from portal.http.addresses import LazyRule
from portal.http.assets import serve_assets
from portal.http.compiled import CompiledTemplates
from portal.http.context import EXTENSION
from portal.http.framework import LeanFlask
from portal.http.observe import observe
from portal.http.probes import probes
from portal.http.problems import handle_problems
from portal.http.security import csp_nonce, protect
from portal.infra.logging import configure_logging
from portal.infra.settings import Settings

log = structlog.get_logger(__name__)

ROOT = Path(__file__).parents[1]
MACROS = ("forms", "feedback", "data", "nav", "chart")
DOORS = ("portal.web", "portal.admin", "portal.oauth", "portal.api")
"""Packages with a tuple `BLUEPRINTS`. Doors never import one another; only here do they meet."""


def create_app(settings: Settings, *, portal: Portal | None = None, compiled: Path | None = None) -> Flask:
    """A Flask application for one portal; a test may bring its own. Templates are kept in `compiled`, once they are."""
    configure_logging(settings.log_level, settings.log_format)
    portal = portal or build_portal(settings)
    app = LeanFlask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.url_rule_class = LazyRule
    app.extensions[EXTENSION] = portal
    app.config.update(
        SECRET_KEY=secret_key(settings), PORTAL_ORIGIN=settings.base_url, PROPAGATE_EXCEPTIONS=False
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    if settings.trusted_proxy_hops:
        hops = settings.trusted_proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0)  # type: ignore[method-assign]
    observe(app)
    protect(app, settings)
    Htmx(app)
    signing_in.keep_signed_in(app)
    serve_assets(app)
    handle_problems(app)
    if compiled is not None:
        app.jinja_env.bytecode_cache = CompiledTemplates(compiled)
    _furnish_templates(app, settings)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    return app


def _blueprints() -> list[Blueprint]:
    found: list[Blueprint] = [probes]
    for door in DOORS:
        found.extend(import_module(door).BLUEPRINTS)
    return found


def _furnish_templates(app: Flask, settings: Settings) -> None:
    """Everything that any template may name."""
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    env.globals.update(
        csp_nonce=csp_nonce,
        csrf_token=generate_csrf,
        portal_name=settings.name,
        base_url=settings.base_url,
        now=app.extensions[EXTENSION].ports.clock.now,
    )

    @app.context_processor
    def about_the_viewer() -> dict[str, Any]:
        return {"viewer": signing_in.current_principal(), "theme": signing_in.current_theme()}

    env.globals["ui"] = _macros(app)


def _macros(app: Flask) -> SimpleNamespace:
    """One namespace of all macros: `render_block` skips a template's own imports, a global it never does."""
    found: dict[str, Any] = {}
    with app.app_context():
        for name in MACROS:
            module = app.jinja_env.get_template(f"ui/{name}.html").module
            found.update({key: value for key, value in vars(module).items() if not key.startswith("_")})
    return SimpleNamespace(**found)
