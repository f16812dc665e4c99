"""`portal audit ...`: what proves the log, and what only its owner may do to it."""

import gc
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import orjson
import typer

from portal.cli.audit_log import export_log, list_entries, show_entry
from portal.cli.exits import Exit, Stop
from portal.cli.opening import acting, host_actor, opened_portal
from portal.cli.output import AsJson, Yes, ask

if TYPE_CHECKING:
    from portal.audit.rules.checkpoints import PublicKey, SignedHead
    from portal.audit.services.keeping import Keeper
    from portal.audit.services.verifying import Verdict
    from portal.bootstrap import Portal

audit = typer.Typer(no_args_is_help=True, help="Read the audit log, prove it, and look after it.")
audit.command(name="list")(list_entries)
audit.command(name="show")(show_entry)
audit.command(name="export")(export_log)


@audit.command()
def verify(
    checkpoints: Annotated[
        Path | None,
        typer.Option(help="Exported checkpoints, one JSON object a line; - reads them from here."),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Public key from `portal audit key`, instead of this portal's own.")
    ] = None,
    after: Annotated[int, typer.Option("--from", min=0, help="Begin behind this position.")] = 0,
    *,
    as_json: AsJson = False,
) -> None:
    """Compute the whole chain again. Ends with 0 where it is whole, 1 where something was changed, 2 where it could not
    be verified.

    Example: portal audit verify --checkpoints checkpoints.jsonl
    """
    from portal.audit.rules.checkpoints import NotACheckpoint  # noqa: PLC0415 - a command loads what it needs
    from portal.audit.services.checkpoints import public_keys  # noqa: PLC0415
    from portal.audit.services.verifying_together import Together  # noqa: PLC0415

    with opened_portal() as portal, _uncollected():
        began = time.perf_counter()
        try:
            keys = _given(key) if key else public_keys(portal.ports.sealer)
            verdict = Together(
                reading=portal.reading,
                keys=keys,
                exported=lambda: read_checkpoints(checkpoints) if checkpoints else (),
                in_child=portal.after_fork,
                processes=1
                if str(checkpoints) == "-"
                else os.cpu_count() or 1,  # what is piped in comes once
            ).run(after=after)
        except (NotACheckpoint, OSError, ValueError) as wrong:
            raise Stop(str(wrong)) from None
        seconds = time.perf_counter() - began
        _remember(portal, verdict)
    print(_as_json(verdict, seconds) if as_json else _in_words(verdict, seconds))
    raise typer.Exit(Exit.REFUSED if verdict.problem else Exit.DONE)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Rows make no cycles, and looking for some takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@audit.command()
def key() -> None:
    """Print the public key of checkpoints (Ed25519, PEM), for whoever keeps copies of them.

    Example: portal audit key > checkpoints.pem
    """
    from portal.audit.services.checkpoints import signing_key  # noqa: PLC0415

    with opened_portal() as portal:
        public = signing_key(portal.ports.sealer).public
    print(f"# key id {public.key_id}\n{public.pem}", end="")


@audit.command()
def seal() -> None:
    """Chain what waits and sign the head now, as the sealer of a running portal does each minute.

    Example: portal audit seal
    """
    with opened_portal() as portal:
        keeper = _keeper(portal)
        count, signed = keeper.seal_waiting(), keeper.sign_head()
    print(f"{count:,} entries sealed{', and the head signed' if signed else ''}.")


@audit.command()
def erase(
    user_id: UUID,
    *,
    yes: Yes = False,
    reason: Annotated[str, typer.Option(help="Why, for the log.")] = "",
) -> None:
    """Destroy what the log says of a person: names, addresses, browsers, what was changed. Its entries stay.

    Example: portal audit erase 01930b1c-8a3e-7c52-9f64-2b7d1c9e5a10 --reason "asked for it" --yes
    """
    from portal.audit.usecases import erase_person  # noqa: PLC0415

    ask(f"What the log says of {user_id} is destroyed. Nobody can undo it.", yes=yes)
    with opened_portal() as portal, acting(portal) as uow:
        erased = erase_person(uow, user_id, reason=reason or None)
    print(f"Erased {user_id} from the log." if erased else f"{user_id} was erased before.")


@audit.command()
def prune(
    days: Annotated[int | None, typer.Option(min=30, help="Instead of PORTAL_AUDIT_RETENTION_DAYS.")] = None,
    *,
    yes: Yes = False,
) -> None:
    """Remove entries older than the retention, and leave a signed tombstone. For databases where the portal's own role
    may not delete.

    Example: portal audit prune --days 730 --yes
    """
    from portal.audit.services.retention import may_remove  # noqa: PLC0415

    count = 0
    with opened_portal() as portal:
        kept = days or portal.settings.audit_retention_days
        if kept is None:
            raise Stop("say how many --days to keep")
        ask(f"Entries older than {kept} days are removed. Nobody can undo it.", yes=yes)
        with portal.reading() as session:
            if not may_remove(session):
                raise Stop(
                    "this role of the database may not remove entries; use the address of its owner (docs/audit.md)",
                    Exit.UNAVAILABLE,
                )
        keeper = _keeper(portal)
        while some := keeper.remove_old(days=kept):
            count += some
    print(f"{count:,} entries removed.")


def read_checkpoints(path: Path) -> "Iterator[SignedHead]":
    """The lines of a file, as they are needed.

    Raises:
        NotACheckpoint: at the first line that is none.
    """
    from portal.audit.rules.checkpoints import NotACheckpoint, read_line  # noqa: PLC0415

    with nullcontext(sys.stdin) if str(path) == "-" else path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield read_line(line)
            except NotACheckpoint:
                raise NotACheckpoint(f"{path}: line {number} is no checkpoint") from None


def _keeper(portal: "Portal") -> "Keeper":
    from portal.audit.services.keeping import Keeper  # noqa: PLC0415

    return Keeper(portal.reading, lambda: portal.unit_of_work(host_actor()), portal.ports)


def _given(path: Path) -> "dict[str, PublicKey]":
    from portal.audit.rules.checkpoints import PublicKey  # noqa: PLC0415

    try:
        public = PublicKey.of_pem(path.read_bytes())
    except ValueError:
        raise ValueError(f"{path} holds no public key of this kind") from None
    return {public.key_id: public}


def _remember(portal: "Portal", verdict: "Verdict") -> None:
    from portal.audit.services.chain_record import note_verification  # noqa: PLC0415

    with acting(portal) as uow:
        note_verification(uow, verdict)


def _in_words(verdict: "Verdict", seconds: float) -> str:
    """Two lines at most: what was done, and what is wrong."""
    rate = f"{verdict.entries / seconds:,.0f}/s" if seconds else "at once"
    done = f"{verdict.entries:,} entries up to position {verdict.position:,} verified in {seconds:.1f} s ({rate})"
    held = f"{verdict.checkpoints:,} checkpoints of the database and {verdict.exported:,} from outside"
    if verdict.problem is not None:
        return f"BROKEN: {verdict.problem.text}\n{done}, with {held}."
    return f"Whole: {done}, with {held}."


def _as_json(verdict: "Verdict", seconds: float) -> str:
    problem = verdict.problem
    facts = {
        "whole": problem is None,
        "after": verdict.after,
        "position": verdict.position,
        "entries": verdict.entries,
        "checkpoints": verdict.checkpoints,
        "exported": verdict.exported,
        "seconds": round(seconds, 3),
        "problem": {**problem.describe(), "text": problem.text} if problem else None,
    }
    return orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode()
