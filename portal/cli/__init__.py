"""The `portal` command."""


def main() -> None:
    """Run a command; what a person can mend ends it with one line that says what and how (`program`)."""
    from portal.cli.commands import app  # noqa: PLC0415 - nothing is loaded before it is needed

    app()
