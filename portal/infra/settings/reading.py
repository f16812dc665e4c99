"""Settings from the environment: the only reader of it."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from portal.infra.settings.values import Settings

PREFIX: Final = "PORTAL_"


class SettingsError(Exception):
    """A setting is wrong; the text is one line that names the setting and the fix."""


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that the environment gives, by field name; `_FILE` variants are read here."""
    given: dict[str, str] = {}
    known = {f"{PREFIX}{name.upper()}": name for name in Settings.model_fields} | {"PORT": "PORT"}
    del known[f"{PREFIX}PORT"]
    for variable, text in environment.items():
        if variable in known:
            if text.strip():
                given[known[variable]] = text.strip()
        elif variable.endswith("_FILE") and variable.removesuffix("_FILE") in known:
            try:
                given[known[variable.removesuffix("_FILE")]] = Path(text).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as problem:
                raise SettingsError(
                    f"{variable}: {text} can't be read ({type(problem).__name__}); check the path"
                ) from None
        elif variable.startswith(PREFIX):
            close = get_close_matches(variable, known, n=1)
            hint = f"did you mean {close[0]}?" if close else "see docs/configuration.md for the names"
            raise SettingsError(f"{variable} is not a setting of Portal; {hint}")
    return given


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment.

    Raises:
        SettingsError: with one line that names the first wrong setting and its fix.
    """
    try:
        return Settings(**_variables(os.environ if environment is None else environment))
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        reason = first["msg"].removeprefix("Value error, ")
        variable = {"": "", "PORT": "PORT: "}.get(name, f"{PREFIX}{name.upper()}: ")
        raise SettingsError(f"{variable}{reason}") from None


def environment_for(settings: Settings | None) -> dict[str, str]:
    """The environment of a program that this one becomes: as it is, or with another portal's state and address."""
    if settings is None:
        return dict(os.environ)
    other = {
        f"{PREFIX}INSTANCE_DIR": str(settings.instance_dir),
        f"{PREFIX}DATABASE_URL": settings.database_url,
        f"{PREFIX}BASE_URL": settings.base_url,
    }
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in other}
    return kept | other
