"""The `portal` command."""

import sys


def main() -> None:
    """Run a command; a wrong setting ends it with one line that names the setting and the fix."""
    from portal.cli.commands import app  # noqa: PLC0415 - nothing is loaded before the command is known
    from portal.infra.crypto.keyfile import KeyFileError  # noqa: PLC0415
    from portal.infra.settings import SettingsError  # noqa: PLC0415

    try:
        app()
    except (SettingsError, KeyFileError) as problem:
        print(f"portal: {problem}", file=sys.stderr)
        sys.exit(2)
