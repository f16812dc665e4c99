"""Migrations: Alembic, driven by Flask-Migrate on a bare application."""

import logging
from dataclasses import dataclass

import flask_migrate
from flask import Flask
from sqlalchemy import Engine, MetaData

from portal.bootstrap import TABLES
from portal.infra.db import make_engine
from portal.infra.schema import MIGRATIONS
from portal.infra.settings import Settings


@dataclass(frozen=True)
class Database:
    """What Flask-Migrate wants to know of a database."""

    engine: Engine
    metadata: MetaData = TABLES


def migrating_app(settings: Settings) -> Flask:
    """An application that knows nothing but where the database and the migrations are."""
    settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = Flask("portal.migrations")
    database = Database(make_engine(settings.database_url))
    flask_migrate.Migrate(app, database, directory=str(MIGRATIONS), compare_server_default=True)
    return app


def upgrade(settings: Settings) -> None:
    """Bring the database to the newest schema; nothing happens if it is there already."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app = migrating_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
    app.extensions["migrate"].db.engine.dispose()
