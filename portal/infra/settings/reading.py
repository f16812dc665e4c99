"""Settings from the environment: the only reader of it."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portal.infra.settings.values import Settings

PREFIX: Final = "PORTAL_"
_KEYS: Final = frozenset({"secret_key", "master_key"})
_NAMES: Final = {"PORT": "PORT", "": ""}
_WHOLE: Final = "give a whole number"
_FIXES: Final[Mapping[str, str]] = {
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": "give a number",
    "finite_number": "give a number",
    "bool_parsing": "give true or false",
    "literal_error": "give {expected}",
    "greater_than_equal": "give at least {ge}",
    "less_than_equal": "give at most {le}",
    "string_too_short": "give at least {min_length} characters",
    "string_too_long": "give at most {max_length} characters",
    "path_not_file": "there is no such file; check the path",
}
"""By the type of what is wrong, with its limits."""


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
            continue
        elif variable.startswith(PREFIX):
            close = get_close_matches(variable, known, n=1)
            hint = f"did you mean {close[0]}?" if close else "see docs/configuration.md for the names"
            raise SettingsError(f"{variable} is not a setting of Portal; {hint}")
    for variable, name in known.items():
        if path := environment.get(f"{variable}_FILE", "").strip():
            if name in given:
                raise SettingsError(f"{variable} and {variable}_FILE are both set; leave one of them out")
            given[name] = _content(f"{variable}_FILE", path)
    return given


def _content(variable: str, path: str) -> str:
    """Of a file that somebody names, so that something is in it: a secret that was not mounted is no default."""
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(
            f"{variable}: {path} can't be read ({type(problem).__name__}); check the path"
        ) from None
    if not content:
        raise SettingsError(f"{variable}: {path} is empty; write the value into it")
    return content


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
        variable = _NAMES.get(name, f"{PREFIX}{name.upper()}")
        raise SettingsError(f"{variable}: {_fix(name, first)}".removeprefix(": ")) from None


def _fix(name: str, error: ErrorDetails) -> str:
    """What to write instead. Validators of our own say it themselves."""
    if name in _KEYS:
        return "give 32 random bytes, for instance from: openssl rand -base64 32"
    words = _FIXES.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else error["msg"].removeprefix("Value error, ")


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
