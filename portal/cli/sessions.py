"""`portal sessions ...`: browsers that are signed in now, and ending that."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from portal.cli.exits import Exit, Stop
from portal.cli.naming import person_named, place_of
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Cursor, Limit, Yes, ask, done, show_list

if TYPE_CHECKING:
    from portal.infra.unit_of_work import UnitOfWork

sessions = typer.Typer(no_args_is_help=True, help="Browsers that are signed in now.")


@sessions.callback()
def about() -> None:
    """Browsers that are signed in now."""


@sessions.command(name="list")
def list_sessions(
    *,
    user: Annotated[str, typer.Option(metavar="WHO", help="Of one person: username, address or id.")] = "",
    ip: Annotated[str, typer.Option(help="From this address, or from addresses that begin so.")] = "",
    device: Annotated[str, typer.Option(help="A part of what the browser calls itself.")] = "",
    hours: Annotated[int, typer.Option(min=0, help="Opened in so many hours; 0 for any time.")] = 0,
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """Open sessions, the last opened first.

    Example: portal sessions list --user maya --json
    """
    from portal.infra.user_agents import device_name  # noqa: PLC0415 - a command loads what it needs
    from portal.sessions.repository import SessionFilter, Sessions  # noqa: PLC0415

    before = place_of(cursor)
    with opened_portal() as portal, portal.reading() as session:
        at = portal.ports.clock.now()
        wanted = SessionFilter(
            user_id=person_named(session, user).id if user else None,
            ip=ip,
            device=device,
            since=at - timedelta(hours=hours) if hours else None,
        )
        found = Sessions(session).page(wanted, at=at, before=before, size=limit)
        items = [
            {
                "id": one.id,
                "username": owner.username,
                "user_id": owner.id,
                "device": device_name(one.user_agent),
                "ip": one.ip,
                "created_at": one.created_at,
                "last_seen_at": one.last_seen_at,
                "expires_at": one.expires_at,
                "amr": list(one.amr),
            }
            for one, owner in found.items
        ]
    columns = ("id", "username", "device", "ip", "last_seen_at", "expires_at")
    show_list(items, columns=columns, as_json=as_json, following=found.older)


@sessions.command()
def end(
    ids: Annotated[
        list[UUID] | None, typer.Argument(metavar="[ID]...", help="As `portal sessions list` shows them.")
    ] = None,
    *,
    user: Annotated[str, typer.Option(metavar="WHO", help="Instead: every session of this person.")] = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Sign browsers out now. What had ended already counts as ended.

    Example: portal sessions end --user devon --yes
    """
    from portal.sessions.usecases.sign_out import end_all_sessions  # noqa: PLC0415

    if bool(ids) == bool(user):
        raise Stop("name sessions by their ids, or a person by --user")
    with opened_portal() as portal:
        if user:
            with portal.reading() as session:
                person = person_named(session, user)
            ask(f"Every browser of {person.display_name} is signed out.", yes=yes)
            with acting(portal) as uow:
                ended = end_all_sessions(uow, person.id)
        else:
            chosen = list(dict.fromkeys(ids or ()))
            ask("1 session ends." if len(chosen) == 1 else f"{len(chosen)} sessions end.", yes=yes)
            with acting(portal) as uow:
                ended = sum(_end(uow, session_id) for session_id in chosen)
    done("1 session ended" if ended == 1 else f"{ended} sessions ended", {"ended": ended}, as_json=as_json)


def _end(uow: "UnitOfWork", session_id: UUID) -> bool:
    """False where it had ended before."""
    from portal.sessions.errors import SessionNotFound  # noqa: PLC0415
    from portal.sessions.repository import Sessions  # noqa: PLC0415
    from portal.sessions.usecases.sign_out import end_session  # noqa: PLC0415

    found = Sessions(uow.session).get(session_id)
    if found is None:
        raise Stop(f"there is no session {session_id}", Exit.NOT_FOUND)
    try:
        end_session(uow, session_id, user_id=found.user_id, reason="ended_by_operator")
    except SessionNotFound:
        return False
    return True
