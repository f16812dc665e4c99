"""Traces by OpenTelemetry. Imported only where they are asked for."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import Span as OpenSpan
from opentelemetry.trace import SpanKind, Status, StatusCode, format_trace_id, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from portal.infra.settings import Settings
from portal.infra.tracing import NOTHING, Said, Span

log = structlog.get_logger(__name__)

QUEUE: Final = 2_048
"""Spans that wait for the collector. Where it is away, further ones are dropped: memory and requests are worth more."""
BATCH: Final = 256
TIMEOUT_SECONDS: Final = 2
REST_SECONDS: Final = 15.0
LONGEST_STATEMENT: Final = 2_000
_PARENT: Final = "traceparent"
_PROPAGATOR: Final = TraceContextTextMapPropagator()
_TARGET: Final = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+\"?([a-z_]+)", re.IGNORECASE)
_SYSTEMS: Final = {"sqlite": "sqlite", "postgresql": "postgresql"}
_KEPT: Final = "_portal_span"


class OpenTraces:
    """Spans of one provider. Nothing global is touched, so that two portals of one process do not mingle."""

    is_on: Final = True

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("portal")

    def serving(self, name: str, said: Said, *, parent: str | None) -> AbstractContextManager[Span]:
        return self._span(name, said, kind=SpanKind.SERVER, context=_context(parent))

    def working(self, name: str, said: Said, *, parent: str) -> AbstractContextManager[Span]:
        return self._span(name, said, kind=SpanKind.CONSUMER, context=_context(parent))

    def calling(self, name: str, said: Said) -> AbstractContextManager[Span]:
        if not get_current_span().is_recording():
            return NOTHING
        return self._span(name, said, kind=SpanKind.CLIENT, context=None)

    def here(self) -> str | None:
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get(_PARENT)

    def watch(self, engine: Engine) -> None:
        system = _SYSTEMS.get(engine.dialect.name, engine.dialect.name)

        def begin(
            _connection: Connection,
            _cursor: DBAPICursor,
            statement: str,
            parameters: Any,  # noqa: ANN401 - SQLAlchemy's own signature
            context: Any,  # noqa: ANN401
            many: bool,  # noqa: FBT001
        ) -> None:
            if context is not None and get_current_span().is_recording():
                setattr(
                    context, _KEPT, self._statement(system, statement, batch=len(parameters) if many else 0)
                )

        def end(*about: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
            _close(about[4])

        def fail(problem: ExceptionContext) -> None:
            _close(problem.execution_context, error=type(problem.original_exception).__name__)

        event.listen(engine, "before_cursor_execute", begin)
        event.listen(engine, "after_cursor_execute", end)
        event.listen(engine, "handle_error", fail)

    def _statement(self, system: str, statement: str, *, batch: int) -> OpenSpan:
        """The text as it goes to the database, with a mark in the place of each value."""
        operation = statement.lstrip().partition(" ")[0].upper()[:20]
        target = _TARGET.search(statement)
        said: dict[str, str | int] = {
            "db.system.name": system,
            "db.operation.name": operation,
            "db.query.text": statement[:LONGEST_STATEMENT],
        }
        if target:
            said["db.collection.name"] = target[1]
        if batch > 1:
            said["db.operation.batch.size"] = batch
        name = f"{operation} {target[1]}" if target else operation
        return self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=said)

    @contextmanager
    def _span(self, name: str, said: Said, *, kind: SpanKind, context: Context | None) -> Iterator[Span]:
        """Of an error only its type is told: its text may hold what people gave."""
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=kind,
            attributes=said,
            record_exception=False,
            set_status_on_exception=False,
        ) as opened:
            span = _Span(opened)
            try:
                yield span
            except BaseException as error:
                span.fail(type(error).__name__)
                raise


class _Span:
    """A span of OpenTelemetry, with as much of it as the portal uses."""

    def __init__(self, opened: OpenSpan) -> None:
        self._opened = opened

    @property
    def trace_id(self) -> str:
        return format_trace_id(self._opened.get_span_context().trace_id)

    def note(self, said: Said) -> None:
        self._opened.set_attributes(said)

    def fail(self, kind: str) -> None:
        _mark(self._opened, kind)


class Resting(SpanExporter):
    """Sends nothing for a while after a failure. A collector that is away then costs neither time nor a line of the log
    for each batch, and holds nobody up who wants to end.
    """

    def __init__(
        self,
        exporter: SpanExporter,
        *,
        rest_seconds: float = REST_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._exporter = exporter
        self._rest_seconds = rest_seconds
        self._now = now
        self._next_try_at: float | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._next_try_at is not None and self._now() < self._next_try_at:
            return SpanExportResult.FAILURE
        result = self._exporter.export(spans)
        was_up = self._next_try_at is None
        if result is SpanExportResult.SUCCESS:
            self._next_try_at = None
            if not was_up:
                log.info("collector_back")
        else:
            self._next_try_at = self._now() + self._rest_seconds
            if was_up:
                log.warning("collector_lost", spans=len(spans))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def sent_traces(settings: Settings) -> OpenTraces:
    """Sent in batches by a thread of their own, over OTLP as protobuf on HTTP."""
    resource = Resource.create({"service.name": "portal", "service.namespace": settings.name})
    sampler = ParentBasedTraceIdRatio(settings.traces_ratio)
    provider = TracerProvider(resource=resource, sampler=sampler)
    exporter = OTLPSpanExporter(
        endpoint=settings.traces_endpoint, headers=settings.traces_header_pairs, timeout=TIMEOUT_SECONDS
    )
    provider.add_span_processor(
        BatchSpanProcessor(Resting(exporter), max_queue_size=QUEUE, max_export_batch_size=BATCH)
    )
    return OpenTraces(provider)


def _context(parent: str | None) -> Context:
    """Below that parent, or a trace of its own; never below whatever happens to be open in this thread."""
    return _PROPAGATOR.extract({_PARENT: parent}, Context()) if parent else Context()


def _close(context: ExecutionContext | None, *, error: str | None = None) -> None:
    span: OpenSpan | None = getattr(context, _KEPT, None)
    if context is None or span is None:
        return
    delattr(context, _KEPT)
    if error is not None:
        _mark(span, error)
    span.end()


def _mark(span: OpenSpan, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
