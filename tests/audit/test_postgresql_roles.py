"""PostgreSQL with two roles: the one that serves adds to history and reads it, and can do no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from typer.testing import CliRunner

from portal.app import create_app
from portal.audit.usecases import erase_person
from portal.cli.commands import app
from portal.infra.actor import CLI
from portal.infra.settings import environment_for
from portal.jobs.sealing import keeper_of
from tests.audit.steps import DEVON, live, sign, verify
from tests.support.people import add_person, sign_in
from tests.support.portals import MASTER_KEY, SECRET_KEY, cheap_settings, open_portal, prepare

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.databases import Databases

ROLES: Final = (Path(__file__).parents[2] / "deploy" / "postgresql-roles.sql").read_text()
HISTORY: Final = (
    "audit_logs", "audit_subjects", "audit_seals", "audit_checkpoints", "audit_tombstones", "audit_person_keys",
)  # fmt: skip
FORBIDDEN: Final = [
    *(
        statement.format(table)
        for table in HISTORY
        for statement in (
            "UPDATE {} SET {{}} = {{}}",
            "DELETE FROM {}",
            "TRUNCATE {} CASCADE",
            "DROP TABLE {}",
        )
    ),
    "ALTER TABLE audit_logs DISABLE TRIGGER ALL",
    "ALTER TABLE audit_logs OWNER TO CURRENT_USER",
    "SET session_replication_role = replica",
    "CREATE TABLE mine (id integer)",
    "INSERT INTO audit_tombstones VALUES (1, 1, '', now(), '', '')",
    "UPDATE alembic_version SET version_num = ''",
]
COLUMNS: Final = dict(
    zip(HISTORY, ("action", "resource_label", "hash", "at", "at", "sealed_key"), strict=True)
)


@dataclass(frozen=True)
class Roles:
    """A migrated database, and how its two roles reach it."""

    owner: str
    application: str
    folder: Path

    @contextmanager
    def portal(self, url: str, **fields: object) -> "Iterator[Portal]":
        with open_portal(cheap_settings(url, self.folder, **fields)) as portal:
            yield portal


@pytest.fixture
def roles(databases: "Databases", tmp_path: Path) -> "Iterator[Roles]":
    """As docs/audit.md says: the roles first, then the migration by the owner, then the roles again."""
    mark = uuid4().hex[:8]
    owner, application = f"portal_owner_{mark}", f"portal_app_{mark}"
    statements = ROLES.replace("portal_owner", owner).replace("portal_app", application)
    with (
        databases.fresh("postgresql", tmp_path, prepared=False) as url,
        psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as superuser,
    ):
        superuser.execute(statements.encode())
        owned = url.replace("postgres@", f"{owner}@")
        prepare(owned, tmp_path)
        superuser.execute(statements.encode())
        yield Roles(owned, url.replace("postgres@", f"{application}@"), tmp_path)
        for role in (application, owner):
            for statement in ("DROP OWNED BY {} CASCADE", "DROP ROLE {}"):
                superuser.execute(sql.SQL(statement).format(sql.Identifier(role)))


def test_the_portal_serves_as_the_application(roles: Roles) -> None:
    with roles.portal(roles.application) as portal:
        ada = add_person(portal, "ada@example.org", administrator=True)
        browser = sign_in(create_app(portal.settings, portal=portal).test_client(), portal, ada)
        assert browser.get("/account").status_code == 200
        live(portal, 6)
        keeper = keeper_of(portal)
        assert keeper.seal_waiting() > 6
        copies = [sign(portal)]
        keeper.make_keys()
        assert keeper.verify_some() is None
        assert verify(portal, copies).problem is None
        assert browser.get("/admin/audit").status_code == 200


def test_history_is_added_to_and_no_more(roles: Roles) -> None:
    with roles.portal(roles.application) as portal:
        live(portal, 6)
        keeper_of(portal).seal_waiting()
        copies = [sign(portal)]
    address = roles.application.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in FORBIDDEN:
            table = next((name for name in HISTORY if f"UPDATE {name} " in statement), None)
            text = statement.format(COLUMNS[table], COLUMNS[table]) if table else statement
            with pytest.raises(InsufficientPrivilege):
                connection.execute(text.encode())
    with roles.portal(roles.application) as portal:
        assert verify(portal, copies).problem is None


def test_a_command_says_which_role_may_do_it(roles: Roles, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = cheap_settings(roles.application, roles.folder)
    keys = {"PORTAL_MASTER_KEY": MASTER_KEY, "PORTAL_SECRET_KEY": SECRET_KEY}
    for name, value in (environment_for(settings) | keys).items():
        monkeypatch.setenv(name, value)
    with roles.portal(roles.application) as portal:
        live(portal, 6)
    for words in (("erase", str(DEVON), "--yes"), ("prune", "--days", "400", "--yes")):
        done = CliRunner().invoke(app, ("audit", *words))
        assert done.exit_code == 5
        assert "this role of the database may not" in done.stderr
        assert "use the address of its owner" in done.stderr


def test_only_the_owner_erases_and_removes(roles: Roles) -> None:
    """The application does not even try to remove by age, and goes on serving."""
    with roles.portal(roles.application, audit_retention_days=30) as portal:
        live(portal, 6)
        keeper_of(portal).seal_waiting()
        assert keeper_of(portal).remove_old() == 0
    with roles.portal(roles.owner) as portal, portal.unit_of_work(CLI) as uow:
        assert erase_person(uow, DEVON)
    with roles.portal(roles.application) as portal:
        live(portal, 2)
        keeper_of(portal).seal_waiting()
        assert verify(portal).problem is None
