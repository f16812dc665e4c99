"""What a start needs before the first request: schema, built-in roles, keys, and perhaps a setup link."""

import subprocess
import sys

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.access.services import ensure_built_in_roles
from portal.access.usecases.first_administrator import make_setup_link
from portal.audit.services import ensure_keys_of_strangers
from portal.bootstrap import Portal
from portal.cli.exits import StartFailed
from portal.cli.serve import OTHER_KEY, open_signing_keys
from portal.grants.services import ensure_signing_keys
from portal.infra.actor import CLI
from portal.infra.crypto.sealing import SealBroken
from portal.infra.crypto.signers import SignerUnavailable
from portal.infra.settings import environment_for


def prepare(portal: Portal) -> str | None:
    """Make the portal ready to serve; the setup link where no administrator exists yet. Safe to run twice at once.

    Raises:
        StartFailed: the schema could not be brought up to date, in the words of the command that tried.
    """
    if not _schema_is_current(portal):
        # in a process of its own: the tool that migrates is large, and what serves should stay small
        command = [sys.executable, "-c", "from portal.cli import main; main()", "migrate"]
        done = subprocess.run(  # noqa: S603 - our own command
            command, check=False, env=environment_for(portal.settings), stderr=subprocess.PIPE, text=True
        )
        *before, last = done.stderr.splitlines() or [""]
        if done.returncode:
            print(*before, sep="\n", end="\n" if before else "", file=sys.stderr)
            raise StartFailed(last.removeprefix("portal: ") or "the database could not be prepared")
        print(done.stderr, end="", file=sys.stderr)
    furnish_database(portal)
    with portal.unit_of_work(CLI) as uow:
        path = make_setup_link(uow)
    portal.engine.dispose()
    return f"{portal.settings.base_url}{path}" if path else None


def furnish_database(portal: Portal) -> None:
    """Make what every portal has: its built-in roles and its keys.

    Raises:
        StartFailed: a signer outside makes no keys, or the key at hand opens none of those that are there.
    """
    try:
        open_signing_keys(portal)  # before anything is sealed with a key that opens none of them
        with portal.unit_of_work(CLI) as uow:
            ensure_built_in_roles(uow)
            ensure_keys_of_strangers(uow)
    except SealBroken:
        raise StartFailed(OTHER_KEY) from None
    try:
        with portal.unit_of_work(CLI) as uow:
            ensure_signing_keys(uow)
    except SignerUnavailable:
        raise StartFailed(
            "the signer outside makes no keys; see the line above, and PORTAL_KEY_SIGNER"
        ) from None


def announce(portal: Portal, setup_link: str | None) -> None:
    """Say in the terminal where the portal is, and what to do first."""
    print(f"Portal is on {portal.settings.base_url}", flush=True)
    if setup_link:
        print(
            f"\n  No administrator yet. Create the first one here (once, within 24 hours):\n\n    {setup_link}\n"
        )
        sys.stdout.flush()


def _schema_is_current(portal: Portal) -> bool:
    portal.settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with portal.reading() as session:
            found = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        return False  # an empty database, or none: the migration says which
    return found == portal.schema_revision
