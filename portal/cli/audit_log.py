"""`portal audit list|show|export`: the log, read by the same filters as on its page."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import typer

from portal.cli.exits import Stop
from portal.cli.naming import client_named, person_named, place_of
from portal.cli.opening import acting, opened_portal
from portal.cli.output import AsJson, Cursor, Limit, show, show_list

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.audit.repository import AuditFilter, Entry

Text = Annotated[str, typer.Option("--text", "-q", help="A name, or a whole address, action or request id.")]
Kind = Annotated[str, typer.Option(help="A family of actions, like people, roles, apps or sign-ins.")]
Event = Annotated[str, typer.Option(help="One action, like user.disabled.")]
OutcomeName = Annotated[Literal["success", "failure"] | None, typer.Option(help="How it ended.")]
By = Annotated[
    Literal["user", "anonymous", "client", "cli", "system"] | None,
    typer.Option(help="What kind of actor did it."),
]
Actor = Annotated[str, typer.Option(metavar="WHO", help="Done by this person.")]
Subject = Annotated[
    str,
    typer.Option(metavar="WHO", help="About this person, or about or by the row of this id, also a token."),
]
OfClient = Annotated[str, typer.Option("--client", metavar="CLIENT", help="By or through this app.")]
Ip = Annotated[str, typer.Option(help="From this whole address.")]
Request = Annotated[str, typer.Option(help="Of this request, as logs and error pages name it.")]
Because = Annotated[str, typer.Option("--reason", help="With these words in the reason.")]
Days = Annotated[int, typer.Option(min=0, help="Of so many days; 0 for all.")]
Since = Annotated[str, typer.Option(metavar="MOMENT", help="From this moment on, UTC unless it has a zone.")]
Until = Annotated[str, typer.Option(metavar="MOMENT", help="Before this moment.")]


def list_entries(
    *,
    text: Text = "",
    kind: Kind = "",
    event: Event = "",
    outcome: OutcomeName = None,
    by: By = None,
    actor: Actor = "",
    subject: Subject = "",
    client: OfClient = "",
    ip: Ip = "",
    request: Request = "",
    reason: Because = "",
    days: Days = 0,
    since: Since = "",
    until: Until = "",
    limit: Limit = 25,
    cursor: Cursor = "",
    as_json: AsJson = False,
) -> None:
    """What happened, newest first.

    Example: portal audit list --event user.disabled --days 30 --json
    """
    from portal.audit.repository import AuditEntries, page_by_reason  # noqa: PLC0415 - a command loads what it needs
    from portal.audit.services.files import facts_of  # noqa: PLC0415

    before = place_of(cursor)
    given = {
        "text": text, "kind": kind, "event": event, "outcome": outcome, "by": by, "actor": actor, "subject": subject,
        "client": client, "ip": ip, "request": request, "reason": reason, "days": days, "since": since, "until": until,
    }  # fmt: skip
    with opened_portal() as portal, portal.reading() as session:
        wanted, entries = _wanted(session, given, at=portal.ports.clock.now()), AuditEntries(session)
        if wanted.reason:
            found = page_by_reason(entries, wanted, before=before, size=limit)
        else:
            found = entries.page(wanted, before=before, size=limit)
        items = [
            facts_of(entry) | ({} if as_json else {"what": _in_words(entry), "created_at": entry.created_at})
            for entry in found.items
        ]
    show_list(items, columns=("created_at", "what", "ip", "id"), as_json=as_json, following=found.older)


def show_entry(
    entry_id: Annotated[UUID, typer.Argument(metavar="ID", help="As `portal audit list` shows it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """One entry, with what was before and after.

    Example: portal audit show 01930b1c-8a3e-7c52-9f64-2b7d1c9e5a10 --json
    """
    from portal.audit.repository import AuditEntries  # noqa: PLC0415
    from portal.audit.services.files import facts_of  # noqa: PLC0415

    with opened_portal() as portal, portal.reading() as session:
        entry = AuditEntries(session).get(entry_id)
        facts = facts_of(entry) if as_json else {"what": _in_words(entry), **facts_of(entry)}
    show(facts, as_json=as_json)


def export_log(
    *,
    file_format: Annotated[
        Literal["csv", "jsonl"], typer.Option("--format", help="Which kind of file.")
    ] = "csv",
    text: Text = "",
    kind: Kind = "",
    event: Event = "",
    outcome: OutcomeName = None,
    by: By = None,
    actor: Actor = "",
    subject: Subject = "",
    client: OfClient = "",
    ip: Ip = "",
    request: Request = "",
    reason: Because = "",
    days: Days = 0,
    since: Since = "",
    until: Until = "",
) -> None:
    """Write entries as CSV or JSON Lines, newest first. That it was done, and by whom, is an entry itself.

    Example: portal audit export --format jsonl --days 30 > log.jsonl
    """
    from portal.audit.repository import AuditEntries  # noqa: PLC0415
    from portal.audit.services.files import log_file  # noqa: PLC0415
    from portal.audit.usecases import note_export  # noqa: PLC0415

    given = {
        "text": text, "kind": kind, "event": event, "outcome": outcome, "by": by, "actor": actor, "subject": subject,
        "client": client, "ip": ip, "request": request, "reason": reason, "days": days, "since": since, "until": until,
    }  # fmt: skip
    query = {name: str(value) for name, value in given.items() if value}
    with opened_portal() as portal:
        with acting(portal) as uow:
            wanted = _wanted(uow.session, given, at=uow.now)
            # what happens from now on is in no file of today, so that the end is reached even in a busy house
            wanted = replace(wanted, until=min(wanted.until or uow.now, uow.now))
            count = (
                "not counted" if wanted.reason else str(AuditEntries(uow.session).count(wanted, most=100_000))
            )
            note_export(uow, query=query, file_format=file_format, count=count)
        for lines in log_file(portal.reading, wanted, file_format):
            sys.stdout.write(lines)


def _wanted(session: "Session", given: dict[str, Any], *, at: datetime) -> "AuditFilter":
    """As the repository understands it.

    Raises:
        NotFound: a person or an app that there is not.
        Stop: what can't be read.
    """
    from portal.accounts.repository import Users  # noqa: PLC0415
    from portal.audit.repository import AuditFilter  # noqa: PLC0415

    since, until = _moment("--since", given["since"]), _moment("--until", given["until"])
    if given["days"] and since is None:
        since = at - timedelta(days=given["days"])
    text = given["text"].strip()
    return AuditFilter(
        actor_id=person_named(session, given["actor"]).id if given["actor"] else None,
        actor_kind=given["by"],
        subject_id=_subject(session, given["subject"]) if given["subject"] else None,
        client_id=client_named(session, given["client"]).id if given["client"] else None,
        actions=_actions(given),
        outcome=given["outcome"],
        since=since,
        until=until,
        request_id=given["request"],
        ip=given["ip"],
        reason=given["reason"],
        text=text,
        # names of people stand sealed in the log, so a text is looked up among the accounts first
        people=tuple(person.id for person in Users(session).search(text, size=50)) if text else (),
    )


def _subject(session: "Session", text: str) -> UUID:
    """The id of a row may be of anything, also of what is gone."""
    try:
        return UUID(text)
    except ValueError:
        return person_named(session, text).id


def _actions(given: dict[str, Any]) -> tuple[str, ...]:
    from portal.audit.rules import GROUP_NAMES, SENTENCES, actions_of  # noqa: PLC0415

    if given["event"]:
        if given["event"] not in SENTENCES:
            raise Stop(f"--event: there is no action {given['event'][:60]}")
        return (given["event"],)
    if given["kind"] and given["kind"] not in GROUP_NAMES:
        raise Stop(f"--kind: choose one of {', '.join(GROUP_NAMES)}")
    return actions_of(given["kind"]) if given["kind"] else ()


def _moment(option: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Stop(f"{option}: Enter a date and time like 2026-11-23T10:30") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_words(entry: "Entry") -> str:
    """The sentence of the page."""
    from portal.audit.rules import sentence  # noqa: PLC0415

    named = {subject.resource_type: subject.resource_label for subject in reversed(entry.subjects)}
    named["subject"] = entry.resource_label
    is_own = entry.actor_id is not None and entry.actor_id == entry.user_id
    pieces = sentence(entry.action, actor=entry.actor_label, named=named, is_own=is_own)
    return "".join(piece.text for piece in pieces)
