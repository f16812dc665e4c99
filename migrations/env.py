"""Runs migrations in one transaction, under a lock, so that two starts at once do it once."""

from alembic import context
from flask import current_app
from sqlalchemy import text

LOCK_NUMBER = 0x706F7274616C  # "portal"

db = current_app.extensions["migrate"].db
arguments = current_app.extensions["migrate"].configure_args

with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        user_module_prefix="portal.infra.db.",
        **arguments,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # a long change may run, but never waits long for a lock while traffic queues behind it
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK_NUMBER})
        context.run_migrations()
