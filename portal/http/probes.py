"""Probes for machines: alive, ready, measured."""

import hmac

from flask import Blueprint, Response, jsonify, make_response, request
from sqlalchemy.exc import SQLAlchemyError

from portal.bootstrap import Portal
from portal.http.context import client_ip, current_portal, reading
from portal.infra.errors import Forbidden
from portal.infra.leases import WORK, lease
from portal.infra.outbox_standing import standings
from portal.infra.schema import fits, present_revision
from portal.infra.settings import LOOPBACK_HOSTS

probes = Blueprint("probes", __name__)


@probes.get("/health")
def health() -> Response:
    """The process lives. Never asks the database: a restart would not mend that."""
    return jsonify(status="ok")


@probes.get("/ready")
def ready() -> Response:
    """The database answers, its schema fits this release, and the portal is not about to end.

    Redis counts too, except for who asks with `?without=redis`: it is never needed, and a balancer that takes every
    node out because of it makes an outage of what would have been none.
    """
    portal = current_portal()
    if portal.leaving.is_set():
        return _not_ready("its end")
    try:
        with reading() as session:
            revision = present_revision(session)
    except SQLAlchemyError:
        return _not_ready("database")
    if not fits(revision, expected=portal.schema_revision):
        return _not_ready("migrations")
    is_needed = request.args.get("without") != "redis"
    if is_needed and portal.redis is not None and not portal.redis.is_up():
        return _not_ready("redis")
    return jsonify(status="ready")


@probes.get("/metrics")
def metrics() -> Response:
    """What all processes counted, for Prometheus: with the token of the settings, or from this machine."""
    token = current_portal().settings.metrics_token
    given = request.authorization.token if request.authorization else None
    if token is None and not _is_from_this_machine():
        raise Forbidden(
            "Metrics are for this machine only. Set PORTAL_METRICS_TOKEN to read them from elsewhere."
        )
    if token is not None and not hmac.compare_digest((given or "").encode(), token.encode()):
        raise Forbidden("Metrics need the bearer token of PORTAL_METRICS_TOKEN.")
    from prometheus_flask_exporter import PrometheusMetrics  # noqa: PLC0415 - not every portal is measured

    _measure_work(current_portal())
    exporter = PrometheusMetrics(
        None, path=None, export_defaults=False, registry=current_portal().ports.metrics.registry
    )
    body, content_type = exporter.generate_metrics(request.headers.get("Accept"))
    return Response(body, content_type=content_type)


def _is_from_this_machine() -> bool:
    """And was not passed on by a proxy beside the portal that the settings know nothing of."""
    is_passed_on = any(name in request.headers for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"))
    is_known = current_portal().settings.trusted_proxy_hops > 0
    return client_ip() in LOOPBACK_HOSTS and (is_known or not is_passed_on)


def _measure_work(portal: Portal) -> None:
    """How promised work stands is in the database for all processes, and is asked for when somebody wants to know."""
    now = portal.ports.clock.now()
    try:
        with reading() as session:
            kinds, last = standings(session, at=now).values(), lease(session, WORK)
    except SQLAlchemyError:
        return  # the rest is still worth knowing
    oldest = min((kind.oldest for kind in kinds if kind.oldest), default=now)
    metrics = portal.ports.metrics
    metrics.outbox_backlog(sum(kind.waiting for kind in kinds))
    metrics.outbox_stands(
        oldest_seconds=(now - oldest).total_seconds(), given_up=sum(kind.given_up for kind in kinds)
    )
    if last is not None:
        metrics.worker_idle((now - last.renewed_at).total_seconds())


def _not_ready(what: str) -> Response:
    response = make_response(jsonify(status="not ready", waiting_for=what), 503)
    response.headers["Retry-After"] = "3"
    return response
