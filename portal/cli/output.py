"""What commands print: tables for people, tab-separated lines for pipes, and JSON for programs."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import typer

from portal.cli.exits import Exit, Stop

Facts = Mapping[str, Any]

MOST: Final = 200
WHOLE: Final = frozenset({"id", "username", "client_id", "kid", "created_at"})
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without being asked again.")]
Limit = Annotated[int, typer.Option(min=1, max=MOST, help="How many at most.")]
Cursor = Annotated[str, typer.Option(help="Where the list goes on: the `next` of the one before.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit log.")]
Until = Annotated[
    str, typer.Option(metavar="DAY", help="When it ends by itself: a day, or a moment with its zone.")
]


def show_list(
    items: Sequence[Facts], *, columns: Sequence[str], as_json: bool, following: object = None
) -> None:
    """A page of a list. `following` is where it goes on, None at its end."""
    cursor = None if following is None else str(following)
    if as_json:
        print_json({"items": list(items), "next": cursor})
    elif sys.stdout.isatty():
        _table(items, columns)
    else:
        for item in items:
            print("\t".join(_said(item.get(column)) for column in columns))
    if cursor and not as_json:
        print(f"There are more: --cursor {cursor}", file=sys.stderr)


def show(facts: Facts, *, as_json: bool) -> None:
    """One thing, a line for each thing said of it."""
    if as_json:
        print_json(facts)
        return
    for name, value in _flat(facts):
        print(f"{name}\t{value}" if not sys.stdout.isatty() else f"{name:<24} {value}")


def done(text: str, facts: Facts, *, as_json: bool) -> None:
    """That it happened: a sentence, or what there is now."""
    if as_json:
        print_json(facts)
    else:
        print(text)


def print_json(facts: object) -> None:
    """One document; moments as RFC 3339 writes them."""
    import orjson  # noqa: PLC0415 - a command loads what it needs

    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS
    print(orjson.dumps(facts, option=options).decode())


def ask(*told: str, yes: bool) -> None:
    """Say what would happen, and go on only if somebody means it.

    Raises:
        Stop: nobody is there to ask, and --yes was not said; or the answer was no.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        words = " ".join((*told, "Nothing was changed; say it again with --yes."))
        raise Stop(words, Exit.REFUSED, name="not_confirmed")
    for words in told:
        print(words, file=sys.stderr)
    if not typer.confirm("Go on?", err=True):
        raise Stop("Nothing was changed.", Exit.REFUSED, name="not_confirmed")


def secret_from_stdin(what: str, *, most: int = 4096) -> str:
    """One line, typed unseen at a terminal or piped in. An argument would stand in everybody's list of processes."""
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, err=True))
    text = sys.stdin.read(most + 2).removesuffix("\n").removesuffix("\r")
    if not text:
        raise Stop(f"{what}: give it on standard input")
    return text


def _table(items: Sequence[Facts], columns: Sequence[str]) -> None:
    from rich.console import Console  # noqa: PLC0415 - large, and only for people
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        # what the next command is given must come out of the terminal in one piece
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column in WHOLE)
    for item in items:
        table.add_row(*(Text(_said(item.get(column))) for column in columns))
    Console().print(table)


def _flat(facts: Facts, prefix: str = "") -> list[tuple[str, str]]:
    """Nested facts under dotted names; lists of things a line each."""
    lines: list[tuple[str, str]] = []
    for name, value in facts.items():
        if isinstance(value, Mapping) and value:
            lines += _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
            lines += [(f"{prefix}{name}", "  ".join(_said(part) for part in one.values())) for one in value]
        else:
            lines.append((f"{prefix}{name}", _said(value)))
    return lines


def _said(value: object) -> str:
    """In a cell. Nothing that a terminal would take for an order of its own gets through."""
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.isoformat(timespec="seconds").replace("+00:00", "Z")
        case list() | tuple():
            return ", ".join(_said(one) for one in value) or "-"
        case Mapping():
            return ", ".join(f"{name}={_said(one)}" for name, one in value.items()) or "-"
        case _:
            return "".join(sign if sign.isprintable() else "\ufffd" for sign in str(value))
