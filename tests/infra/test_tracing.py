"""Traces: a sign-up from the request to the mail, nothing of a person in it, and nothing loaded unasked."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, cast

import pytest
from opentelemetry.sdk.trace import Tracer, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from portal.app import create_app
from portal.bootstrap import build_portal
from portal.infra.collecting import traces_of
from portal.infra.open_telemetry import OpenTraces, Resting, sent_traces
from portal.infra.redis_store import RedisCache, RedisLink
from portal.infra.settings import Settings, SettingsError
from portal.infra.tracing import NO_TRACES
from portal.jobs.delivery import deliver_due
from tests.house.source import ROOT
from tests.support.history import history
from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flask.testing import FlaskClient
    from opentelemetry.sdk.trace import ReadableSpan

    from portal.bootstrap import Portal
    from tests.support.portals import MovableClock
    from tests.support.post import PostOffice

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
MAYA = {"name": "Maya Okafor", "email": "maya@example.org", "password": "three herons over the quiet weir"}


class Collected:
    """A portal under test whose spans are kept here."""

    def __init__(self, portal: Portal, exporter: InMemorySpanExporter) -> None:
        self.portal = portal
        self._exporter = exporter

    def visitor(self) -> FlaskClient:
        app = create_app(self.portal.settings, portal=self.portal)
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        self._exporter.clear()
        return app.test_client()

    def spans(self) -> list[ReadableSpan]:
        """Those that are closed, by when they began."""
        return sorted(self._exporter.get_finished_spans(), key=lambda span: span.start_time or 0)


@pytest.fixture
def collected(settings: Settings, clock: MovableClock) -> Iterator[Collected]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    portal = build_portal(settings, clock=clock, traces=OpenTraces(provider))
    yield Collected(portal, exporter)
    portal.engine.dispose()


def _trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}"


def _id_of(span: ReadableSpan) -> int:
    return int(span.context.span_id)


def _above(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


def test_a_sign_up_is_one_trace_from_the_request_to_the_mail(collected: Collected, post: PostOffice) -> None:
    visitor = collected.visitor()
    answer = visitor.post("/signup", data=MAYA)
    assert answer.status_code == 303
    deliver_due(collected.portal)
    deliver_due(collected.portal)
    assert len(post.to("maya@example.org")) == 1
    request_id = answer.headers["X-Request-ID"]
    spans = [span for span in collected.spans() if f"req_{_trace_of(span)}" == request_id]
    by_name = {span.name: span for span in spans}
    served, worked, mailed = by_name["POST /signup"], by_name["process sign_up_mail"], by_name["send mail"]
    assert (served.kind, served.parent) == (SpanKind.SERVER, None)
    assert (served.attributes or {})["http.response.status_code"] == 303
    statement = by_name["INSERT pending_sign_ups"]
    assert (_above(statement), statement.kind) == (_id_of(served), SpanKind.CLIENT)
    assert "VALUES (" in str((statement.attributes or {})["db.query.text"])
    assert (_above(worked), worked.kind) == (_id_of(served), SpanKind.CONSUMER)
    carried = by_name["process mail"]
    assert (_above(carried), _above(mailed)) == (_id_of(worked), _id_of(carried))
    assert [entry.request_id for entry in history(collected.portal, "user.sign_up_started")] == [request_id]


def test_nothing_of_a_person_and_no_secret_is_in_any_attribute(collected: Collected) -> None:
    visitor = collected.visitor()
    visitor.post(
        "/signup?next=/somewhere", data=MAYA, headers={"User-Agent": "Heronfox", "Cookie": "seen=yes"}
    )
    visitor.post("/login", data={"identifier": "maya@example.org"})
    visitor.get("/verify/a-link-that-somebody-got")
    deliver_due(collected.portal)
    told = json.dumps([[span.name, dict(span.attributes or {})] for span in collected.spans()])
    assert "INSERT" in told
    for private in (
        "maya",
        "Okafor",
        "herons",
        "somewhere",
        "Heronfox",
        "seen",
        "a-link",
        "127.0.0.1",
        "example.org",
    ):
        assert private not in told, private


def test_an_error_body_and_a_log_line_lead_to_the_trace(
    collected: Collected, capsys: pytest.CaptureFixture[str]
) -> None:
    visitor = collected.visitor()
    answer = visitor.get("/api/v1/nothing")
    (span,) = [span for span in collected.spans() if span.kind is SpanKind.SERVER]
    assert answer.get_json()["trace_id"] == answer.headers["X-Request-ID"] == f"req_{_trace_of(span)}"
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "request_completed" in line]
    assert _trace_of(span) in line.replace(f"req_{_trace_of(span)}", ""), "beside the request id, by itself"


def test_what_a_visitor_says_of_a_trace_counts_for_nothing(collected: Collected) -> None:
    visitor = collected.visitor()
    visitor.get("/login", headers={"traceparent": PARENT})
    assert {span.parent is None for span in collected.spans() if span.kind is SpanKind.SERVER} == {True}
    assert PARENT.split("-")[1] not in {_trace_of(span) for span in collected.spans()}


@pytest.mark.settings(trusted_proxy_hops=1)
def test_a_trusted_proxy_begins_the_trace(collected: Collected) -> None:
    visitor = collected.visitor()
    answer = visitor.get("/login", headers={"traceparent": PARENT})
    assert answer.headers["X-Request-ID"] == f"req_{PARENT.split('-')[1]}"
    odd = visitor.get("/login", headers={"traceparent": "00-nonsense"}).headers["X-Request-ID"]
    assert (len(odd), odd == answer.headers["X-Request-ID"]) == (len("req_") + 32, False)


def test_what_goes_wrong_is_marked_by_its_kind_and_not_its_words(collected: Collected) -> None:
    collected.visitor()
    traces = collected.portal.ports.traces
    with pytest.raises(LookupError), traces.serving("GET /odd", {}, parent=None):
        raise LookupError("maya@example.org")
    (span,) = collected.spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert (dict(span.attributes or {}), span.events) == ({"error.type": "LookupError"}, ())


def test_probes_and_housekeeping_make_no_traces(collected: Collected) -> None:
    visitor = collected.visitor()
    assert {visitor.get(path).status_code for path in ("/health", "/ready")} == {200}
    deliver_due(collected.portal)
    assert collected.spans() == []


def test_a_collector_that_is_away_holds_nobody_up(settings: Settings) -> None:
    away = settings.model_copy(update={"traces_endpoint": f"http://127.0.0.1:{free_port()}/v1/traces"})
    traces = sent_traces(away)
    for _ in range(3_000):
        with traces.serving("GET /", {}, parent=None) as span:
            assert len(span.trace_id) == 32
    cast(Tracer, traces._tracer).span_processor.shutdown()  # or its last try were made when the tests end


class Collector(SpanExporter):
    """Away until it is there; counts who came."""

    def __init__(self) -> None:
        self.is_there, self.tries = False, 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.tries += 1
        return SpanExportResult.SUCCESS if self.is_there else SpanExportResult.FAILURE


def test_a_collector_that_is_away_is_left_alone_for_a_while() -> None:
    collector, seconds = Collector(), [0.0]
    resting = Resting(collector, rest_seconds=15, now=lambda: seconds[0])
    for at in (0, 1, 14, 15, 16, 29):
        seconds[0] = at
        assert resting.export(()) is SpanExportResult.FAILURE
    assert collector.tries == 2
    collector.is_there, seconds[0] = True, 30
    assert [resting.export(()) for _ in range(3)] == [SpanExportResult.SUCCESS] * 3
    assert collector.tries == 5


def test_redis_is_asked_inside_a_trace_and_no_key_is_told(redis_url: str) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces = OpenTraces(provider)
    cache = RedisCache(RedisLink(redis_url, traces=traces))
    cache.set("maya", 1, ttl_seconds=5)
    assert exporter.get_finished_spans() == (), "what belongs to no request is nobody's affair"
    with traces.serving("GET /", {}, parent=None):
        assert cache.get("maya") == 1
    asked, served = exporter.get_finished_spans()
    assert (asked.name, _above(asked)) == ("GET", _id_of(served))
    assert dict(asked.attributes or {}) == {"db.system.name": "redis", "db.operation.name": "GET"}


def test_a_portal_without_the_setting_loads_none_of_it() -> None:
    told = (
        "import sys\n"
        "import portal.app, portal.cli.commands, portal.jobs.worker\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])\n"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_without_the_extra_the_start_says_what_to_install(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert traces_of(settings) is NO_TRACES
    asked = settings.model_copy(update={"traces_endpoint": "http://localhost:4318/v1/traces"})
    monkeypatch.delitem(sys.modules, "portal.infra.open_telemetry")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"PORTAL_TRACES_ENDPOINT needs the extra otel"):
        traces_of(asked)


@pytest.mark.parametrize(
    ("name", "value"), [("traces_endpoint", "localhost:4318"), ("traces_headers", "abc"), ("traces_ratio", 2)]
)
def test_settings_of_traces_are_judged_at_the_start(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.model_validate({name: value})


def test_headers_for_the_collector_are_pairs() -> None:
    settings = Settings(traces_headers="Authorization=Bearer a=b, x-team=identity")
    assert settings.traces_header_pairs == {"authorization": "Bearer a=b", "x-team": "identity"}
    assert "Bearer" not in repr(settings)
