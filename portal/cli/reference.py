"""Reference pages written from the code, so that they can't say anything else."""

import re
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from portal.infra.settings import PREFIX, ProtocolSettings, Settings

HEAD = """# Configuration

Every setting is an environment variable. A long or secret value can stand in a file instead:
`PORTAL_SMTP_URL_FILE=/run/secrets/smtp` reads it from there. A wrong value, or a misspelt name, stops the start with
one line that names the setting and the fix.

This page is written by `portal settings` from the settings themselves.

| setting | default | meaning |
|---|---|---|
"""
DERIVED = {
    "base_url": "`http://localhost:<PORT>`",
    "database_url": "SQLite in the instance folder",
    "mail_from": "no-reply at the portal's host",
    "secret_key": "generated",
    "master_key": "generated",
}


def configuration_page() -> str:
    """The page docs/configuration.md."""
    ordered = sorted(Settings.model_fields.items(), key=lambda item: item[0] in ProtocolSettings.model_fields)
    return HEAD + "".join(f"{_row(name, field)}\n" for name, field in ordered)


def _row(name: str, field: FieldInfo) -> str:
    variable = "PORT" if name == "port" else f"{PREFIX}{name.upper()}"
    meaning = re.sub(r"\s+", " ", field.description or "").partition(" Default: ")[0].strip()
    if choices := _choices(field):
        meaning += " One of " + ", ".join(f"`{choice}`" for choice in choices) + "."
    return f"| `{variable}` | {DERIVED.get(name) or _default(field.default)} | {meaning} |"


def _choices(field: FieldInfo) -> tuple[str, ...]:
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def _default(value: object) -> str:
    if value is None or value == "":
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
