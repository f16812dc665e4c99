"""Probes for machines: alive, ready, measured."""

from flask import Blueprint, Response, jsonify, make_response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.http.context import current_portal, reading

probes = Blueprint("probes", __name__)


@probes.get("/health")
def health() -> Response:
    """The process lives. Never asks the database: a restart would not mend that."""
    return jsonify(status="ok")


@probes.get("/ready")
def ready() -> Response:
    """The database answers and its schema is the one that this release expects."""
    portal = current_portal()
    try:
        with reading() as session:
            revision = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        return _not_ready("database")
    if revision != portal.schema_revision:
        return _not_ready("migrations")
    if portal.redis is not None and not portal.redis.is_up():
        return _not_ready("redis")
    return jsonify(status="ready")


def _not_ready(what: str) -> Response:
    response = make_response(jsonify(status="not ready", waiting_for=what), 503)
    response.headers["Retry-After"] = "3"
    return response
