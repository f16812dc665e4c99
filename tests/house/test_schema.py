"""What the models say and what the migrations make are one schema, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from portal.bootstrap import TABLES, Portal
from portal.infra.db import Base
from portal.infra.schema import MIGRATIONS, newest_revision
from tests.house.source import import_everything, modules


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_models_and_migrations_agree(portal: Portal) -> None:
    with portal.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, TABLES) == []


def test_every_index_of_the_models_is_made(portal: Portal) -> None:
    """By name, because SQLite does not tell what an index over an expression is made of."""
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
        "postgresql": "SELECT indexname FROM pg_indexes",
    }
    with portal.reading() as session:
        made = set(session.scalars(text(catalogue[portal.engine.dialect.name])))
    assert {str(index.name) for table in TABLES.tables.values() for index in table.indexes} <= made


def test_the_wiring_names_every_module_with_tables() -> None:
    """Alembic sees what the wiring imports; a table that it misses would never be made."""
    import_everything()
    wiring = next(module for module in modules() if module.path == "portal/bootstrap.py")
    named = {name for name, _ in wiring.names()}
    mapped = {mapper.class_.__module__ for mapper in Base.registry.mappers}
    assert {name for name in mapped if name.startswith("portal.")} <= named


def test_migrations_are_one_line() -> None:
    scripts = ScriptDirectory(MIGRATIONS)
    assert scripts.get_heads() == [newest_revision()]
    assert len(scripts.get_bases()) == 1
