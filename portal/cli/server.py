"""The server that `portal serve` becomes: gunicorn, which says at /ready that it leaves before it does.

A program of its own, so that nothing of the command line stays in the memory of what serves.
"""

import signal
import sys
from pathlib import Path
from typing import Any, Final

import structlog
from gunicorn.app.base import Application
from gunicorn.arbiter import Arbiter

import portal.infra.plain_logs  # noqa: F401 - before anything that logs
from portal.cli.serve import address_of
from portal.infra.crypto.keyfile import KeyFileError
from portal.infra.settings import Settings, SettingsError, load_settings

log = structlog.get_logger(__name__)

SERVER_SETTINGS: Final = Path(__file__).parents[2] / "deploy" / "gunicorn.conf.py"


class LeavingArbiter(Arbiter):  # type: ignore[misc]
    """After SIGTERM everything goes on for a while, only /ready says 503: balancers learn it from there, and what they
    send until they have learnt it is answered as ever. Then the doors are shut, and what has begun is finished.
    """

    def __init__(self, app: Application, *, drain_seconds: float) -> None:
        self._drain_seconds = drain_seconds
        self._is_leaving = False
        super().__init__(app)

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGALRM, self.signal)

    def handle_term(self) -> None:
        """Whoever asks twice does not mean it any faster; SIGINT and SIGQUIT do."""
        if self._is_leaving:
            return
        self._is_leaving = True
        import wsgi  # noqa: PLC0415 - exists only once the application is loaded

        wsgi.leave()
        log.info("leaving", seconds=self._drain_seconds)
        # a timer of the process: no thread that a worker would be forked beside, and no child inherits it
        if not self._drain_seconds:
            self.handle_alrm()
        signal.setitimer(signal.ITIMER_REAL, self._drain_seconds)

    def handle_alrm(self) -> None:
        """The time is over."""
        super().handle_term()


class Server(Application):  # type: ignore[misc]
    """The portal with the settings of deploy/gunicorn.conf.py, except that nothing is prepared at its start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """No arguments and no variables of gunicorn's own: what there is to set, Portal's settings set."""
        self.load_config_from_file(str(SERVER_SETTINGS))
        address = address_of(self._settings)
        host = f"[{address}]" if ":" in address else address
        self.cfg.set("bind", [f"{host}:{self._settings.port}"])
        self.cfg.set("on_starting", _before_serving)
        self.chdir()

    def load(self) -> Any:  # noqa: ANN401 - gunicorn's own signature
        try:
            import wsgi  # noqa: PLC0415 - builds the portal
        except (SettingsError, KeyFileError) as problem:
            sys.exit(f"portal: {problem}")
        return wsgi.app

    def run(self) -> None:
        LeavingArbiter(self, drain_seconds=self._settings.drain_seconds).run()


def _before_serving(server: Arbiter) -> None:
    import wsgi  # noqa: PLC0415 - exists only once the application is loaded

    wsgi.before_serving_prepared(server.address)


def main() -> None:
    """Serve until a signal."""
    try:
        settings = load_settings()
    except SettingsError as problem:
        sys.exit(f"portal: {problem}")
    Server(settings).run()


if __name__ == "__main__":
    main()
