"""What a WSGI server loads: `app`, made once before the fork, and the moments of its life."""

import atexit
import gc
import sys
from collections.abc import Callable, Iterable

import portal.infra.plain_logs  # noqa: F401 - before anything that logs
from portal.app import create_app
from portal.bootstrap import Portal
from portal.cli.exits import StartFailed
from portal.cli.listening import ensure_can_listen
from portal.cli.serve import check_prepared
from portal.cli.start import announce, prepare
from portal.http.context import EXTENSION
from portal.infra.crypto.keyfile import KeyFileError
from portal.infra.memory import use_one_arena
from portal.infra.settings import SettingsError, load_settings
from portal.jobs.background import background_of

use_one_arena()
try:
    app = create_app(load_settings())
except (SettingsError, KeyFileError) as problem:
    sys.exit(f"portal: {problem}")
_portal: Portal = app.extensions[EXTENSION]


def before_serving(addresses: Iterable[object] = ()) -> None:
    """Once, in the parent: a free place to listen, schema, roles, keys; then say where the portal is."""
    try:
        ensure_can_listen(addresses)
        announce(_portal, prepare(_portal))
    except StartFailed as problem:
        sys.exit(f"portal: {problem}")
    _before_fork()


def before_serving_prepared(addresses: Iterable[object] = ()) -> None:
    """The same where somebody else has prepared it all: that is looked at, and nothing is changed."""
    try:
        ensure_can_listen(addresses)
        check_prepared(_portal)
    except StartFailed as problem:
        sys.exit(f"portal: {problem}")
    _before_fork()


def leave() -> None:
    """Say in all processes that this portal is about to end."""
    _portal.leaving.set()


def is_leaving() -> bool:
    return _portal.leaving.is_set()


def _before_fork() -> None:
    for signal in (_portal.wake_worker, _portal.wake_sealer, _portal.leaving):
        signal.share()
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
