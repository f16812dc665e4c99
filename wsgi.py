"""What a WSGI server loads: `app`, made once before the fork, and the moments of its life."""

import atexit
import gc
import sys
from collections.abc import Callable, Mapping
from typing import Final

from werkzeug.test import create_environ, run_wsgi_app

import portal.infra.plain_logs  # noqa: F401 - before anything that logs
from portal.app import create_app
from portal.bootstrap import Portal
from portal.cli.exits import StartFailed
from portal.cli.serve import check_prepared
from portal.cli.start import announce, prepare
from portal.http.context import EXTENSION
from portal.http.observe import REHEARSAL
from portal.infra.crypto.keyfile import KeyFileError
from portal.infra.memory import use_one_arena
from portal.infra.settings import SettingsError, load_settings
from portal.infra.signals import Signal
from portal.jobs.background import background_of

REHEARSED: Final = ("/ready", "/login", "/health")

use_one_arena()
try:
    settings = load_settings()
    app = create_app(settings, compiled=settings.instance_dir / "templates")
except (SettingsError, KeyFileError) as problem:
    sys.exit(f"portal: {problem}")
_portal: Portal = app.extensions[EXTENSION]


def before_serving() -> None:
    """Once, before any fork: schema, roles, keys; then say where the portal is."""
    try:
        announce(_portal, prepare(_portal))
    except StartFailed as problem:
        sys.exit(f"portal: {problem}")


def before_serving_prepared() -> None:
    """The same where somebody else has prepared it all: that is looked at, and nothing is changed."""
    try:
        check_prepared(_portal)
    except StartFailed as problem:
        sys.exit(f"portal: {problem}")


def leave() -> None:
    """Say in all processes that this portal is about to end."""
    _portal.leaving.set()


def is_leaving() -> bool:
    return _portal.leaving.is_set()


def before_fork(pipes: Mapping[str, tuple[int, int]] | None = None) -> None:
    """Share what wakes processes (by pipes that are there already, or new ones), and settle the memory that they share.

    What the first requests make and later ones find (compiled templates and statements) each process would make for
    itself, in the gaps between what is shared: with a few requests played through here it is 5 MB less for each.
    """
    for name in ("wake_worker", "wake_sealer", "leaving"):
        signal: Signal = getattr(_portal, name)
        signal.join(pipes[name]) if pipes else signal.share()
    for path in REHEARSED:
        run_wsgi_app(app.wsgi_app, create_environ(path, settings.base_url) | {REHEARSAL: True})
    _portal.engine.dispose()
    # what is loaded stays for good: a collector that never looks at it writes to no page that the processes share
    gc.collect()
    gc.freeze()
    gc.enable()


def after_fork() -> Callable[[], None]:
    """Make anew what processes must not share, and start what works beside the requests; what ends that again."""
    _portal.after_fork()
    background = background_of(_portal)
    background.start()

    def stop() -> None:
        background.stop()
        # the last one to leave SQLite moves its log into the file, so that this alone is the whole database
        _portal.engine.dispose()

    atexit.register(stop)
    return stop
