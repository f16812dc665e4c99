"""What `portal migrate --prepare` makes and `portal serve` looks for; nothing of it is made by who serves."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from portal.cli.exits import StartFailed
from portal.cli.migrations import upgrade
from portal.cli.preparing import ROLES, prepare_to_serve, renew_rights
from portal.cli.serve import check_prepared, refuse_keys_of_its_own, why_unhealthy
from portal.cli.start import prepare
from portal.infra.actor import SYSTEM
from portal.infra.db import make_engine
from portal.infra.settings import SettingsError, load_settings
from tests.support.portals import cheap_settings, open_portal
from tests.support.processes import free_port

if TYPE_CHECKING:
    from portal.bootstrap import Portal
    from tests.support.databases import Databases

OTHER_KEY = "YW5vdGhlciBtYXN0ZXIga2V5IG9mIHRoZXNlIHRlc3Q="


def _problem(portal: "Portal") -> str:
    with pytest.raises(StartFailed) as refused:
        check_prepared(portal)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_an_empty_database_is_refused_until_it_is_prepared(empty_database_url: str, tmp_path: Path) -> None:
    settings = cheap_settings(empty_database_url, tmp_path)
    with open_portal(settings) as portal:
        assert "schema none" in _problem(portal)
        upgrade(settings)
        assert "no signing keys yet" in _problem(portal)
        for _ in range(2):
            prepare_to_serve(settings)
        check_prepared(portal)


def test_an_older_schema_is_refused_and_a_later_one_is_not(portal: "Portal") -> None:
    """While a release takes over, nodes of the one before it go on serving, and start again if they must."""
    _set_revision(portal, "0001")
    assert "schema 0001" in _problem(portal)
    assert "portal migrate --prepare" in _problem(portal)
    _set_revision(portal, "9999")
    check_prepared(portal)


def _set_revision(portal: "Portal", revision: str) -> None:
    with portal.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def test_another_master_key_is_refused_before_it_seals_anything(portal: "Portal") -> None:
    with open_portal(portal.settings.model_copy(update={"master_key": OTHER_KEY})) as other:
        assert "PORTAL_MASTER_KEY" in _problem(other)
        with pytest.raises(StartFailed, match="PORTAL_MASTER_KEY is another one"):
            prepare(other)


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    settings = cheap_settings(f"postgresql+psycopg://x@127.0.0.1:{free_port()}/x", tmp_path)
    with open_portal(settings) as portal:
        assert "does not answer" in _problem(portal)


def test_keys_are_given_or_found_but_never_made_up(tmp_path: Path) -> None:
    given = {"PORTAL_INSTANCE_DIR": str(tmp_path), "PORTAL_SECRET_KEY": "ab" * 32}
    with pytest.raises(SettingsError, match="PORTAL_MASTER_KEY_FILE"):
        refuse_keys_of_its_own(load_settings(given))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "master.key").write_text("cd" * 32)
    refuse_keys_of_its_own(load_settings(given))


def test_nobody_at_home_is_not_healthy() -> None:
    assert "does not answer" in (why_unhealthy(load_settings({"PORT": str(free_port())})) or "")


@pytest.fixture
def roles(databases: "Databases", tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """Two roles in a database of their own, and its address for the first of them."""
    mark = uuid4().hex[:8]
    owner, application = f"portal_owner_{mark}", f"portal_app_{mark}"
    with (
        databases.fresh("postgresql", tmp_path, prepared=False) as url,
        psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as superuser,
    ):
        superuser.execute(_statements(owner, application).encode())
        yield owner, application, url
        for role in (application, owner):
            for statement in ("DROP OWNED BY {} CASCADE", "DROP ROLE {}"):
                superuser.execute(sql.SQL(statement).format(sql.Identifier(role)))


def _statements(owner: str, application: str) -> str:
    return ROLES.read_text("utf-8").replace("portal_owner", owner).replace("portal_app", application)


def test_the_owner_renews_the_rights_of_the_application_after_each_migration(
    roles: tuple[str, str, str],
) -> None:
    """No superuser is needed for that: what is new belongs to the owner. What is history, nobody else may change."""
    owner, application, url = roles
    names = {"owner": owner, "application": application}
    superuser, engine = make_engine(url), make_engine(url.replace("postgres@", f"{owner}@"))
    tables = ("users", "audit_logs", "alembic_version")
    with engine.begin() as connection:
        for table in tables:
            connection.execute(text(f"CREATE TABLE {table} (it integer)"))
    assert renew_rights(superuser, _statements(**names), **names) is False
    assert renew_rights(engine, _statements(**names), **names) is True
    may = text("SELECT has_table_privilege(:role, :table, :right)")
    with superuser.connect() as connection:
        rights = {
            table: [
                right
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE")
                if connection.execute(may, {"role": application, "table": table, "right": right}).scalar_one()
            ]
            for table in tables
        }
    assert rights == {
        "users": ["SELECT", "INSERT", "UPDATE", "DELETE"],
        "audit_logs": ["SELECT", "INSERT"],
        "alembic_version": ["SELECT"],
    }
    for each in (superuser, engine):
        each.dispose()
