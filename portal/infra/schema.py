"""Which schema this release expects, read from the migrations without loading the tool that runs them."""

import re
from functools import lru_cache
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).parents[2] / "migrations"
_REVISION = re.compile(r"""^(revision|down_revision)(?:: [^=]+)? = (?:"([^"]+)"|None)""", re.MULTILINE)


@lru_cache(maxsize=1)
def newest_revision() -> str:
    """The one migration that no other follows."""
    links: list[dict[str, str]] = [
        dict(_REVISION.findall(file.read_text("utf-8"))) for file in (MIGRATIONS / "versions").glob("*.py")
    ]
    followed = {link.get("down_revision") for link in links}
    heads = [link["revision"] for link in links if link["revision"] not in followed]
    if len(heads) != 1:
        raise RuntimeError(f"migrations must have one head, not {heads}")
    return heads[0]


def fits(found: str | None, *, expected: str) -> bool:
    """Whether a release works on a schema: on its own, and on what a later release has added to it, for while that one
    takes over both serve. What the earlier one uses is removed by the release after it at the earliest.
    """
    return found is not None and (found == expected or (found.isdecimal() and int(found) > int(expected)))


def present_revision(session: Session) -> str | None:
    """Which schema the database has."""
    return session.execute(text("SELECT version_num FROM alembic_version")).scalar()
