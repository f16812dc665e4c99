"""The `portal` command."""

import sys


def main() -> None:
    """Run a command; what a person can mend ends it with one line that says what and how."""
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415 - nothing is loaded before it is needed

    from portal.cli.commands import app  # noqa: PLC0415
    from portal.cli.start import StartFailed  # noqa: PLC0415
    from portal.infra.crypto.keyfile import KeyFileError  # noqa: PLC0415
    from portal.infra.settings import SettingsError  # noqa: PLC0415

    try:
        app()
    except (SettingsError, KeyFileError, StartFailed) as problem:
        sys.exit(f"portal: {problem}")
    except OperationalError as problem:
        reason = " ".join(str(problem.orig).split())[:200]
        sys.exit(f"portal: the database can't be reached ({reason}); check PORTAL_DATABASE_URL")
