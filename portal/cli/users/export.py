"""People as a file on standard output."""

import sys
from typing import Annotated, Literal

import typer

from portal.cli.opening import acting, opened_portal
from portal.cli.users.program import users
from portal.cli.users.wishes import (
    JoinedBefore,
    JoinedSince,
    OfGroup,
    OfRole,
    SeenBefore,
    SeenSince,
    State,
    Text,
    Verified,
    Wish,
)


@users.command()
def export(
    *,
    file_format: Annotated[
        Literal["csv", "jsonl"], typer.Option("--format", help="Which kind of file.")
    ] = "csv",
    text: Text = "",
    state: State = None,
    verified: Verified = None,
    role: OfRole = "",
    group: OfGroup = "",
    seen_since: SeenSince = "",
    seen_before: SeenBefore = "",
    joined_since: JoinedSince = "",
    joined_before: JoinedBefore = "",
) -> None:
    """Write everybody who is wanted as CSV or JSON Lines. That it was done, and by whom, is an entry of the audit log.

    Example: portal users export --format jsonl --state disabled > disabled.jsonl
    """
    from portal.access.services.people_files import people_file  # noqa: PLC0415 - a command loads what it needs
    from portal.accounts.repository import Users  # noqa: PLC0415
    from portal.accounts.usecases.manage_users import note_export  # noqa: PLC0415

    wish = Wish(
        text=text,
        state=state,
        verified=verified,
        role=role,
        group=group,
        seen_since=seen_since,
        seen_before=seen_before,
        joined_since=joined_since,
        joined_before=joined_before,
    )
    with opened_portal() as portal:
        with acting(portal) as uow:
            wanted, at = wish.narrowed(uow.session, at=uow.now), uow.now
            # committed before the first line is written, so that a broken pipe has its entry too
            note_export(
                uow, filters=wish.said(), file_format=file_format, count=Users(uow.session).count(wanted)
            )
        for lines in people_file(portal.reading, wanted, file_format, at=at):
            sys.stdout.write(lines)
