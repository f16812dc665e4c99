"""Commands as if they were typed beside the portal under test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from portal.cli.commands import app
from portal.infra.settings import environment_for
from tests.support.portals import MASTER_KEY, SECRET_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal.bootstrap import Portal
    from portal.infra.settings import Settings


@pytest.fixture
def command(portal: Portal, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`command("users", "list", "--json")`; `given` is what comes on standard input, which is no terminal."""
    keys = {"PORTAL_MASTER_KEY": MASTER_KEY, "PORTAL_SECRET_KEY": SECRET_KEY}
    cheap = {"PORTAL_PASSWORD_MEMORY_KIB": "8", "PORTAL_PASSWORD_TIME_COST": "1"}
    for name, value in (environment_for(settings) | keys | cheap).items():
        monkeypatch.setenv(name, value)
    return lambda *words, given=None: CliRunner().invoke(app, words, input=given)


@pytest.fixture
def said(command: Callable[..., Result]) -> Callable[..., Any]:
    """The same with `--json`: what a program reads of a command that has done its work."""

    def ask(*words: str, given: str | None = None) -> Any:  # noqa: ANN401 - whatever JSON holds
        result = command(*words, "--json", given=given)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return ask
