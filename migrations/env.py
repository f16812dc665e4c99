"""Runs migrations in one transaction, under a lock, so that two starts at once do it once."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import JSON, text

from portal.infra.db import UtcDateTime

LOCK_NUMBER = 0x706F7274616C  # "portal"

extension = current_app.extensions["migrate"]


def write_type(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Our column types by the names they have in the code, so that a migration reads like a model."""
    if kind != "type" or not isinstance(item, UtcDateTime | JSON):
        return False
    name = "UtcDateTime()" if isinstance(item, UtcDateTime) else "JsonDocument"
    autogen.imports.add(f"from portal.infra.db import {name.removesuffix('()')}")
    return name


with extension.db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=extension.db.metadata,
        render_item=write_type,
        transactional_ddl=True,  # on SQLite too, since BEGIN is ours there
        **extension.configure_args,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # a long change may run, but never waits long for a lock while traffic queues behind it
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK_NUMBER})
        context.run_migrations()
