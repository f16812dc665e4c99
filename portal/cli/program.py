"""The command as a whole: groups that are loaded when they are asked for, and one way in which every command fails."""

import sys
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from typer.completion import get_completion_inspect_parameters
from typer.core import TyperGroup
from typer.main import get_group

from portal.cli.exits import Exit

if TYPE_CHECKING:
    from portal.cli.problems import Told

NAME: Final = "portal"

GROUPS: Final[Mapping[str, str]] = {
    "users": "portal.cli.users:users",
    "groups": "portal.cli.groups:groups",
    "roles": "portal.cli.roles:roles",
    "resources": "portal.cli.resources:resources",
    "clients": "portal.cli.clients:clients",
    "sessions": "portal.cli.sessions:sessions",
    "tokens": "portal.cli.tokens:tokens",
    "keys": "portal.cli.keys:keys",
    "audit": "portal.cli.audit:audit",
    "access": "portal.cli.access:access",
    "admin": "portal.cli.admin:admin",
    "registration": "portal.cli.registration:registration",
    "conformance": "portal.cli.conformance:conformance",
}
"""Where each group of commands is. A command loads its own group and no other."""


class _Shelf(MutableMapping[str, Any]):
    """Commands by name; those of `GROUPS` are taken from their modules when somebody looks at them."""

    def __init__(self, commands: Mapping[str, Any]) -> None:
        self._taken = dict(commands)
        self._names = dict.fromkeys([*GROUPS, *commands])

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - Typer has no public name for what a command is
        if name not in self._taken:
            module, _, variable = GROUPS[name].partition(":")
            group = get_group(getattr(import_module(module), variable))
            group.name = name
            self._taken[name] = group
        return self._taken[name]

    def __setitem__(self, name: str, command: Any) -> None:  # noqa: ANN401
        self._names[name], self._taken[name] = None, command

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        self._taken.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Program(TyperGroup):
    """`portal`. Whatever goes wrong ends in one line on standard error, as JSON where that is asked for, and in the
    exit code for its kind.
    """

    def __init__(self, **attrs: Any) -> None:  # noqa: ANN401 - as Typer makes it
        super().__init__(**attrs)
        self.commands = _Shelf(self.commands)

    def main(  # noqa: PLR0917 - Typer's own signature
        self,
        args: Any = None,  # noqa: ANN401
        prog_name: str | None = None,  # noqa: ARG002 - it is always called the same
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002
        **extra: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        get_completion_inspect_parameters()  # makes the shells known; without it nothing is completed
        given = sys.argv[1:] if args is None else list(args)
        try:
            code = super().main(
                given,
                NAME,
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except Exception as problem:
            from portal.cli.problems import told_of  # noqa: PLC0415 - nothing is loaded before it is needed

            told = told_of(problem)
            if told is None:
                raise
            _say(told, as_json="--json" in given)
            code = told.exit
        if not standalone_mode:
            return code
        sys.exit(int(code) if isinstance(code, int) else int(Exit.DONE))


def _say(told: "Told", *, as_json: bool) -> None:
    if told.is_help:
        print(told.message, end="\n" if told.message else "", file=sys.stderr)
    elif as_json:
        import orjson  # noqa: PLC0415

        print(orjson.dumps(told.document()).decode(), file=sys.stderr)
    else:
        print(f"portal: {told.message}", file=sys.stderr)
