"""`portal migrate --prepare`: what a start makes by itself and `portal serve` does not, done once for all nodes."""

from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from portal.bootstrap import build_portal
from portal.cli.serve import refuse_keys_of_its_own
from portal.cli.start import furnish_database
from portal.infra.settings import Settings

ROLES: Final = Path(__file__).parents[2] / "deploy" / "postgresql-roles.sql"
OWNER: Final = "portal_owner"
APPLICATION: Final = "portal_app"


def prepare_to_serve(settings: Settings) -> None:
    """Built-in roles and keys, and on PostgreSQL the rights of both roles on whatever tables are new."""
    refuse_keys_of_its_own(settings)
    portal = build_portal(settings)
    try:
        furnish_database(portal)
        if not settings.is_sqlite:
            renew_rights(portal.engine, ROLES.read_text("utf-8"), owner=OWNER, application=APPLICATION)
    finally:
        portal.ports.signers.close()
        portal.engine.dispose()


def renew_rights(engine: Engine, statements: str, *, owner: str, application: str) -> bool:
    """Run the file of the roles again as the owner of the tables, who may do all of it that concerns them; whether it
    was. Where the roles are not used, or somebody else connects, nothing happens: a superuser runs the file then.
    """
    known = text("SELECT count(*) FROM pg_roles WHERE rolname IN (:owner, :application)")
    with engine.connect() as connection:
        roles = connection.execute(known, {"owner": owner, "application": application}).scalar_one()
        if roles != 2 or connection.execute(text("SELECT current_user")).scalar_one() != owner:
            return False
    lent = engine.raw_connection()
    try:
        # several statements at once: only the driver itself sends them as they are
        lent.driver_connection.execute(statements.encode())  # type: ignore[union-attr]
    finally:
        lent.close()
    return True
