"""`portal serve`: what a container does. It serves what has been prepared, and changes nothing on its way there."""

import os
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal, NoReturn, TypeAlias

from portal.cli.exits import StartFailed
from portal.infra.counting import VARIABLE, make_folder
from portal.infra.settings import Settings, SettingsError, environment_for

if TYPE_CHECKING:
    from portal.bootstrap import Portal

ServerName: TypeAlias = Literal["gunicorn", "granian"]
SERVERS: Final[Mapping[ServerName, str]] = {
    "gunicorn": "portal.cli.server",
    "granian": "portal.cli.granian_server",
}
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - a container's network is its own; what reaches it is the platform's affair
NEAREST: Final = {EVERYWHERE: "127.0.0.1", "::": "::1"}
"""Where to ask a portal that listens everywhere."""
PATIENCE_SECONDS: Final = 3.0
PREPARE: Final = "run: portal migrate --prepare"


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
    command = [sys.executable, "-m", SERVERS[server]]
    environment = environment_for(None)
    if server == "granian":
        environment |= {VARIABLE: str(make_folder(settings.instance_dir, os.getpid()))}
    os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter, no shell


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
        raise StartFailed(
            "PORTAL_MASTER_KEY is another one than sealed the signing keys in the database; restore that one"
        ) from None
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
    from portal.grants.repository.signing_keys import SigningKeys  # noqa: PLC0415
    from portal.grants.services.signing_keys import seal_context  # noqa: PLC0415

    with portal.reading() as session:
        active = [key for key in SigningKeys(session).published() if key.state == "active"]
        for key in active:
            if key.sealed_private_key:
                portal.ports.sealer.open(key.sealed_private_key, seal_context(key))
    return None if active else f"the database has no signing keys yet; {PREPARE}"


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
