"""`portal serve`: what a container does. It serves what has been prepared, and changes nothing on its way there."""

import os
import sys
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NoReturn, TypeAlias

from portal.cli.exits import StartFailed
from portal.cli.serving.options import Options
from portal.infra.counting import VARIABLE, forget_dead_starts, make_folder
from portal.infra.settings import Settings, SettingsError, environment_for

if TYPE_CHECKING:
    from portal.bootstrap import Portal

ServerName: TypeAlias = Literal["gunicorn", "granian"]
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - a container's network is its own; what reaches it is the platform's affair
NEAREST: Final = {EVERYWHERE: "127.0.0.1", "::": "::1"}
"""Where to ask a portal that listens everywhere."""
PATIENCE_SECONDS: Final = 3.0
PREPARE: Final = "run: portal migrate --prepare"
OTHER_KEY: Final = "PORTAL_MASTER_KEY is another one than sealed the keys in the database; restore that one"
"""Of the setting, or of `master.key` in the instance folder."""


def serve(settings: Settings, *, server: ServerName = "gunicorn") -> NoReturn:
    """Become the server, which reads the settings from the environment. Its log goes to standard output.

    Raises:
        SettingsError: a key would have to be made up here, where no other node would know it.
        StartFailed: that server is not installed.
    """
    refuse_keys_of_its_own(settings)
    if find_spec(server) is None:
        raise StartFailed(f"{server} is not installed; it comes with portal[{server}]")
    sys.stdout.flush()
    # a container has one log, and whatever is written to it, by whomever, belongs there
    os.dup2(1, 2)
    if server == "gunicorn":
        become_server(
            settings, address=address_of(settings), drain_seconds=settings.drain_seconds, prepared=True
        )
    counting = {VARIABLE: str(_folder_to_count_in(settings))}
    _become(["-m", "portal.cli.granian_server"], {**environment_for(None), **counting})


def become_server(
    settings: Settings,
    *,
    address: str,
    drain_seconds: float = 0.0,
    prepared: bool = False,
    certificate: Path | None = None,
    key: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> NoReturn:
    """Become the parent of as many processes as these settings ask for; each reads them from the environment again."""
    counters = _folder_to_count_in(settings)
    options = Options(
        address=address,
        port=settings.port,
        workers=settings.workers,
        threads=settings.threads,
        log_format=settings.log_format,
        counters=str(counters),
        drain_seconds=drain_seconds,
        prepared=prepared,
        certificate=str(certificate or ""),
        key=str(key or ""),
    )
    # without packages, until somebody loads the portal
    lean = ["-X", "no_debug_ranges", "-S", str(Path(__file__).with_name("serving"))]
    _become(
        [*lean, *options.arguments()], {**(environment or environment_for(None)), VARIABLE: str(counters)}
    )


def _folder_to_count_in(settings: Settings) -> Path:
    """Counters of all processes are added up through files in a folder of this start."""
    made = make_folder(settings.instance_dir, os.getpid())
    forget_dead_starts(settings.instance_dir)
    return made


def _become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    sys.stdout.flush()
    # our own interpreter, no shell
    os.execve(sys.executable, [sys.executable, *command], dict(environment))  # noqa: S606


def refuse_keys_of_its_own(settings: Settings) -> None:
    """A key that is made where a node starts is lost with it, and with it everything that it had sealed."""
    for given, file, variable in (
        (settings.master_key, "master.key", "PORTAL_MASTER_KEY"),
        (settings.secret_key, "secret.key", "PORTAL_SECRET_KEY"),
    ):
        path = settings.instance_dir / file
        if given is None and not path.exists():
            raise SettingsError(
                f"{variable} is not set and {path} is not there, and `portal serve` makes no keys; "
                f"give all nodes the same one, for instance by {variable}_FILE"
            )


def address_of(settings: Settings) -> str:
    """Where it listens: everywhere, unless somebody says where."""
    return settings.bind if "bind" in settings.model_fields_set else EVERYWHERE


def check_prepared(portal: "Portal") -> None:
    """See that the schema fits and that the keys at hand open what lies in the database; nothing is changed.

    Raises:
        StartFailed: with one line that says what is missing, and who makes it.
    """
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - a health check needs none of this

    from portal.infra.crypto.sealing import SealBroken  # noqa: PLC0415

    try:
        for look in (_schema, _keys):
            if problem := look(portal):
                raise StartFailed(problem)
    except SealBroken:
        raise StartFailed(OTHER_KEY) from None
    except SQLAlchemyError as away:
        reason = " ".join(str(getattr(away, "orig", None) or away).split())[:200]
        raise StartFailed(f"the database does not answer ({reason}); check PORTAL_DATABASE_URL") from None
    finally:
        portal.engine.dispose()


def _schema(portal: "Portal") -> str | None:
    from sqlalchemy.exc import ProgrammingError, SQLAlchemyError  # noqa: PLC0415

    from portal.infra.schema import fits, present_revision  # noqa: PLC0415

    try:
        with portal.reading() as session:
            found = present_revision(session)
    except SQLAlchemyError as refused:
        # an empty database has no such table: PostgreSQL and SQLite say it each in their way
        if not (isinstance(refused, ProgrammingError) or "no such table" in str(refused)):
            raise
        found = None
    if fits(found, expected=portal.schema_revision):
        return None
    return f"the database has schema {found or 'none'} and this release needs {portal.schema_revision}; {PREPARE}"


def _keys(portal: "Portal") -> str | None:
    return None if open_signing_keys(portal) else f"the database has no signing keys yet; {PREPARE}"


def open_signing_keys(portal: "Portal") -> int:
    """Open all that sign now, and forget them again; how many there are.

    Raises:
        SealBroken: with the key at hand they can't be opened.
    """
    from portal.grants.repository.signing_keys import SigningKeys  # noqa: PLC0415
    from portal.grants.services.signing_keys import seal_context  # noqa: PLC0415

    with portal.reading() as session:
        active = [key for key in SigningKeys(session).published() if key.state == "active"]
        for key in active:
            if key.sealed_private_key:
                portal.ports.sealer.open(key.sealed_private_key, seal_context(key))
    return len(active)


def why_unhealthy(settings: Settings) -> str | None:
    """Why the portal on this machine does not count as alive, or None where it says that it is; the wait is bounded."""
    host = NEAREST.get(address_of(settings), address_of(settings))
    connection = HTTPConnection(host, settings.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, HTTPException) as problem:
        return f"the portal on {host}:{settings.port} does not answer ({type(problem).__name__})"
    finally:
        connection.close()
    return None if status == HTTPStatus.OK else f"the portal on {host}:{settings.port} answers {int(status)}"
