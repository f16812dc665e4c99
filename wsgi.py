"""What a WSGI server loads: `app`, made once before the fork, and `after_fork`, called once in each process."""

import atexit

from portal.app import create_app
from portal.http.context import EXTENSION
from portal.infra.settings import load_settings
from portal.jobs.worker import Worker

app = create_app(load_settings())
_portal = app.extensions[EXTENSION]


def after_fork() -> None:
    """Make anew what processes must not share, and start this process's outbox worker."""
    _portal.after_fork()
    worker = Worker(_portal)
    worker.start()
    atexit.register(worker.stop)
