"""What all commands share: exit codes, errors, confirmation, completion, help, and how little a command loads."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from portal.cli.commands import app
from portal.cli.manual import MARK, command_reference
from portal.cli.program import GROUPS
from tests.house.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from portal.accounts.models import User

    Command = Callable[..., Result]
    Said = Callable[..., Any]
    AddPerson = Callable[..., User]

PAGE = ROOT / "docs" / "command-line.md"
DESTROYING = frozenset(
    {
        "delete",
        "revoke",
        "remove",
        "take",
        "deny",
        "end",
        "disconnect",
        "erase",
        "prune",
        "take-role",
        "leave-group",
    }
)
"""Acts after which something is gone. `registration token revoke` takes back what nobody may have used yet."""
OTHER_PROGRAMS = frozenset({"portal worker", "portal beat"})


def _commands(command: Any, path: str = "portal") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - Typer names no type
    subcommands: Mapping[str, Any] | None = getattr(command, "commands", None)
    if subcommands is None:
        yield path, command
    else:
        for name, sub in subcommands.items():
            yield from _commands(sub, f"{path} {name}")


COMMANDS = dict(_commands(get_command(app)))


def test_the_page_of_commands_is_the_one_that_they_write() -> None:
    written, mark, reference = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert f"{mark}{reference}" == f"{command_reference(app)}\n", (
        "portal commands writes the second half of the page"
    )
    assert all(f"`{number}`" in written for number in range(6))


def test_every_command_of_a_group_shows_an_example() -> None:
    told = {path: command.help or "" for path, command in COMMANDS.items() if path.split()[1] in GROUPS}
    without = {path for path, text in told.items() if f"Example: {path}" not in text}
    assert without <= {"portal conformance load", "portal conformance secret"}


def test_what_destroys_asks_and_what_tells_tells_programs_too() -> None:
    flags = {
        path: {name for one in command.params for name in one.opts} for path, command in COMMANDS.items()
    }
    unasked = {path for path in flags if path.split()[-1] in DESTROYING and "--yes" not in flags[path]}
    assert unasked == {"portal registration token revoke"}
    silent = {path for path in flags if path.split()[1] in GROUPS and "--json" not in flags[path]}
    files = {"portal users export", "portal audit export", "portal audit key"}
    assert {path for path in silent if path.split()[1] not in {"conformance", "admin"}} - files <= {
        "portal audit seal",
        "portal audit erase",
        "portal audit prune",
    }


def test_no_secret_is_ever_an_argument() -> None:
    named = {
        f"{path} {name}"
        for path, command in COMMANDS.items()
        for one in command.params
        for name in one.opts
        if any(word in name for word in ("password", "secret", "token"))
        and not getattr(one, "is_flag", False)
    }
    assert named == {"portal tokens revoke token_id", "portal clients secret revoke secret_id"} | {
        "portal registration token revoke token_id",
        "portal tokens personal revoke token_id",
    }


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("users", "lst"), 2, "No such command 'lst'. Did you mean 'list'? (see portal users --help)"),
        (("nothing",), 2, "No such command 'nothing'. (see portal --help)"),
        (("users", "show"), 2, "Missing argument 'WHO'. (see portal users show --help)"),
        (("users", "list", "--limit", "0"), 2, "Invalid value for '--limit'"),
        (("users", "list", "--state", "odd"), 2, "Invalid value for '--state'"),
    ],
)
def test_a_slip_of_the_keyboard_is_one_line(words: tuple[str, ...], code: int, message: str) -> None:
    plain, for_programs = CliRunner().invoke(app, words), CliRunner().invoke(app, [*words, "--json"])
    assert (plain.exit_code, plain.stdout, plain.stderr.count("\n")) == (code, "", 1)
    assert plain.stderr.startswith(f"portal: {message}")
    error = json.loads(for_programs.stderr)["error"]
    assert (for_programs.exit_code, error["code"], error["fields"]) == (code, "usage", [])
    assert error["message"].startswith(message)


def test_a_group_without_a_word_shows_its_help() -> None:
    shown = CliRunner().invoke(app, ["users"])
    assert (shown.exit_code, "give-role" in shown.output) == (2, True)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "the database is not prepared"),
        (
            {"PORTAL_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/portal"},
            "the database can't be reached",
        ),
        ({"PORTAL_DATABSE_URL": "x"}, "PORTAL_DATABSE_URL is not a setting of Portal; did you mean"),
    ],
)
def test_a_portal_that_is_not_there_is_five(
    variables: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ({"PORTAL_INSTANCE_DIR": str(tmp_path)} | variables).items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["roles", "list"])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (5, "", 1)
    assert result.stderr.startswith(f"portal: {message}")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_and_written_nowhere(shell: str) -> None:
    script = CliRunner().invoke(app, ["completion", shell])
    assert (script.exit_code, "_PORTAL_COMPLETE" in script.stdout) == (0, True)
    root = get_command(app)
    assert not {name for one in root.params for name in one.opts} & {
        "--install-completion",
        "--show-completion",
    }


def _portal(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from portal.cli import main; main()", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_shell_completes_commands() -> None:
    asked = {"_PORTAL_COMPLETE": "complete_bash", "COMP_WORDS": "portal users cre", "COMP_CWORD": "2"}
    assert _portal(**asked).stdout.split() == ["create"]


def test_a_command_loads_its_own_group_and_no_other() -> None:
    told = (
        "import sys; sys.argv[1:] = ['users', 'list', '--limit', '0']\n"
        "from portal.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, *sorted(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=ROOT)
    code, *loaded = done.stdout.split()
    groups = {name.split(".")[2] for name in loaded if name.startswith("portal.cli.")} & set(GROUPS)
    assert (code, groups) == ("2", {"users"})
    parts = {name.split(".")[0] for name in loaded}
    assert not parts & {"rich", "flask", "celery", "strawberry", "opentelemetry", "alembic", "authlib"}
    assert not [name for name in loaded if name.startswith(("portal.bootstrap", "portal.accounts.models"))]


def test_a_script_reads_a_pipe_and_an_exit_code(command: Command, add_person: AddPerson) -> None:
    add_person("maya@example.org", name="Maya\u202e Okafor")
    (line,) = command("users", "list", "--sort", "name").stdout.splitlines()
    assert "\u202e" not in line, "nothing that a terminal would obey"
    assert command("access", "why", "maya", "read", "user").exit_code == 1
    assert command("access", "why", "nobody", "read", "user").exit_code == 3
