"""Metrics, by the names that the contract gives them."""

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text

from portal.infra.metrics import Metrics

Labels = tuple[tuple[str, str], ...]


def samples(exposition: str) -> dict[tuple[str, Labels], float]:
    """Every sample of a scrape, by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def scrape(metrics: Metrics) -> dict[tuple[str, Labels], float]:
    return samples(generate_latest(metrics.registry).decode())


def test_a_request_is_counted_timed_and_no_longer_active() -> None:
    metrics = Metrics()
    metrics.request_started()
    assert scrape(metrics)["http_active_requests", ()] == 1
    metrics.request_finished("POST", "/oauth2/token", 200, 0.03)
    found = scrape(metrics)
    assert found["http_active_requests", ()] == 0
    where = (("endpoint", "/oauth2/token"), ("method", "POST"))
    assert found["http_requests_total", (*where, ("status", "200"))] == 1
    assert found["http_request_duration_seconds_count", where] == 1
    assert found["http_request_duration_seconds_sum", where] == pytest.approx(0.03)
    assert found["http_request_duration_seconds_bucket", (where[0], ("le", "0.05"), where[1])] == 1
    assert found["http_request_duration_seconds_bucket", (where[0], ("le", "0.025"), where[1])] == 0


def test_methods_that_nobody_knows_do_not_make_labels() -> None:
    metrics = Metrics()
    for number in range(50):
        metrics.request_started()
        metrics.request_finished(f"METHOD{number}", "unmatched", 405, 0.001)
    counted = {key: value for key, value in scrape(metrics).items() if key[0] == "http_requests_total"}
    assert counted == {
        ("http_requests_total", (("endpoint", "unmatched"), ("method", "other"), ("status", "405"))): 50
    }


def test_what_happens_to_database_connections_is_counted() -> None:
    metrics, engine = Metrics(), create_engine("sqlite://")
    metrics.watch(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.invalidate()
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    found = scrape(metrics)
    counts = [
        found["database_connections_total", (("status", status),)]
        for status in ("opened", "closed", "invalidated")
    ]
    assert counts == [2, 2, 1]


def test_everything_else_has_a_name_and_its_labels() -> None:
    metrics = Metrics()
    metrics.signed_in(method="password", outcome="refused")
    metrics.security_event("refresh_token_replayed")
    metrics.throttled("sign_in")
    metrics.hashes_in_flight(3)
    metrics.outbox_backlog(7)
    metrics.delivered("mail", outcome="postponed")
    metrics.redis_changed(is_up=False)
    metrics.redis_changed(is_up=True)
    found = scrape(metrics)
    for name, labels, value in (
        ("sign_ins_total", (("method", "password"), ("outcome", "refused")), 1),
        ("security_events_total", (("event", "refresh_token_replayed"),), 1),
        ("throttled_requests_total", (("rule", "sign_in"),), 1),
        ("password_hashes_in_flight", (), 3),
        ("outbox_backlog", (), 7),
        ("outbox_deliveries_total", (("kind", "mail"), ("outcome", "postponed")), 1),
        ("redis_changes_total", (("state", "lost"),), 1),
        ("redis_changes_total", (("state", "back"),), 1),
    ):
        assert found[name, labels] == value


def test_two_portals_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()
    one.throttled("sign_in")
    assert ("throttled_requests_total", (("rule", "sign_in"),)) not in scrape(other)


def test_processes_that_serve_together_are_added_up(tmp_path: Path) -> None:
    """As gunicorn does it: one import, then forks; a scrape in any of them sees all, the dead ones' gauges excepted."""
    program = """
import os
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from portal.infra.metrics import Metrics
metrics = Metrics()
for _ in range(3):
    child = os.fork()
    if child == 0:
        metrics.request_started()
        metrics.request_finished("GET", "/", 200, 0.01)
        metrics.request_started()
        metrics.outbox_backlog(5)
        os._exit(0)
    os.waitpid(child, 0)
mark_process_dead(child)
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
    )
    found = samples(done.stdout)
    assert found["http_requests_total", (("endpoint", "/"), ("method", "GET"), ("status", "200"))] == 3
    assert found["http_request_duration_seconds_count", (("endpoint", "/"), ("method", "GET"))] == 3
    assert found["http_active_requests", ()] == 2
    assert found["outbox_backlog", ()] == 5


def test_without_the_folder_to_count_in_everything_else_goes_on(tmp_path: Path) -> None:
    """It happens when an old portal tidies up after a new one has started in its place."""
    program = """
import os, shutil
from portal.infra.metrics import Metrics
metrics = Metrics()
metrics.request_started()
shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"])
if os.fork() == 0:
    for _ in range(3):
        metrics.request_started()
        metrics.request_finished("GET", "/", 200, 0.01)
        metrics.outbox_backlog(1)
    print("served", flush=True)
    os._exit(0)
os.wait()
"""
    folder = tmp_path / "metrics"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PROMETHEUS_MULTIPROC_DIR": str(folder)},
    )
    assert done.stdout.endswith("served\n")
