"""The reference of commands, written from the commands themselves, so that it can't say anything else."""

from collections.abc import Iterator
from typing import Any, Final, Literal, get_args, get_origin

from typer import Typer
from typer.main import get_command

MARK: Final = "<!-- From here on the page is written by `portal commands`. -->"
USUAL: Final = {
    "--json": "`--json`",
    "--yes": "`--yes`",
    "--limit": "`--limit`",
    "--cursor": "`--cursor`",
    "--reason": "`--reason`",
}
"""Options that mean the same everywhere; the page explains them once."""


def command_reference(app: Typer) -> str:
    """What stands in docs/command-line.md behind `MARK`."""
    return f"{MARK}\n" + "\n".join(_walk(get_command(app), "portal"))


def _walk(command: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - Typer has no public name for what a command is
    """Groups first say what they are about; commands themselves come in the order of `--help`."""
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield from _one(command, path)
        return
    depth = path.count(" ")
    if depth == 1:
        yield f"\n## {path}\n\n{command.help}"
    for name, sub in subcommands.items():
        if not sub.hidden:
            yield from _walk(sub, f"{path} {name}")


def _one(command: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    text, example = _told(command.help or "")
    arguments = "".join(f" {_argument(one)}" for one in command.params if one.param_type_name == "argument")
    yield f"\n### {path}{arguments}\n\n{text}"
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    own = [one for one in options if one.opts[0] not in USUAL or one.required]
    if own:
        yield ""
    for one in own:
        yield f"* {_option(one)}"
    usual = [USUAL[one.opts[0]] for one in options if one not in own]
    if usual:
        yield f"\nAlso {', '.join(usual)}."
    if example:
        yield f"\n```sh\n{example}\n```"


def _told(text: str) -> tuple[str, str]:
    """The words, and the example at their end."""
    words, _, example = text.partition("Example: ")
    return " ".join(words.split()), " ".join(example.split())


def _argument(one: Any) -> str:  # noqa: ANN401
    name = one.metavar or one.name.upper()
    return name if one.required or name.startswith("[") else f"[{name}]"


def _option(one: Any) -> str:  # noqa: ANN401
    names = " / ".join(f"`{name}`" for name in [*reversed(one.opts), *one.secondary_opts])
    choices = "|".join(_choices(one.type_descriptor.annotation))
    value = "" if one.is_flag else f" `{choices or one.metavar or 'VALUE'}`"
    notes = ["needed" if one.required else "", "more than once" if one.multiple else ""]
    said = ", ".join(note for note in notes if note)
    meaning = f": {one.help}" if one.help else ""
    return f"{names}{value}{meaning}{f' ({said})' if said else ''}"


def _choices(annotation: object) -> tuple[str, ...]:
    """Of a type that is one of several words, or nothing."""
    if get_origin(annotation) is Literal:
        return tuple(
            sorted(get_args(annotation))
        )  # typing remembers one order for all that have the same words
    return next((found for part in get_args(annotation) if (found := _choices(part))), ())
