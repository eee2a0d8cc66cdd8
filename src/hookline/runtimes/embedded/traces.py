"""Writes OpenTelemetry traces of the webhook endpoint. Imported only where ``[server] traces`` is on.

Each request is a span of kind SERVER that continues the sender's ``traceparent``, with three steps in it: verify, route and store. The
event's messages have the context of the route span, so that a consumer's spans are its children. The standard ``OTEL_*`` variables
say where spans are sent.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from time import time_ns
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    TypeAlias,
)  # Any: ASGI messages are dictionaries with values of any type

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from hookline import __version__
from hookline.domain.trace import TRACE_ATTRIBUTES
from hookline.errors import Rejected, UnavailableError
from hookline.runtimes.embedded.ingest import Ingest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from opentelemetry.trace import Span, Tracer

    from hookline.domain.event import Event
    from hookline.domain.route import RoutedEvent
    from hookline.pipeline.receive import Call
    from hookline.runtimes.answers import Answer

__all__ = ["TracedIngest", "tracer_provider"]

_Message: TypeAlias = "MutableMapping[str, Any]"
_PROPAGATOR: Final = TraceContextTextMapPropagator()


def tracer_provider() -> TracerProvider:
    """A provider that exports by OTLP over HTTP in the background, set by ``OTEL_*`` variables. The default service name is hookline."""
    usual = Resource({"service.name": "hookline", "service.version": __version__})
    provider = TracerProvider(resource=usual.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class _Trace:
    """One request's span, with its steps one after the other."""

    def __init__(self, tracer: Tracer, root: Span) -> None:
        self._tracer = tracer
        self.root = root
        self._within = set_span_in_context(root)
        self.step = self._begin("verify", None)

    def next(self, name: str, kind: SpanKind = SpanKind.INTERNAL) -> Span:
        """End the current step, and begin the next one at the same time."""
        now = time_ns()
        self.step.end(now)
        self.step = self._begin(name, now, kind)
        return self.step

    def _begin(self, name: str, at: int | None, kind: SpanKind = SpanKind.INTERNAL) -> Span:
        return self._tracer.start_span(name, context=self._within, kind=kind, start_time=at)

    def end(self) -> None:
        """End the current step and the span."""
        now = time_ns()
        self.step.end(now)
        self.root.end(now)


_CURRENT: ContextVar[_Trace] = ContextVar("hookline_trace")


class TracedIngest(Ingest):
    """The webhook endpoint, traced."""

    def __init__(self, *, provider: TracerProvider, **parts: Any) -> None:
        """``parts`` are the arguments of ``Ingest``."""
        super().__init__(**parts)
        self._provider = provider
        self._tracer = provider.get_tracer("hookline", __version__)

    def close(self) -> None:
        """Start no further work, and export the ended spans."""
        super().close()
        self._provider.shutdown()

    async def _answer(self, call: Call, scope: _Message, receive: Callable[[], Awaitable[_Message]]) -> Answer:
        """The answer, within a span."""
        carrier = {name: value for name in TRACE_ATTRIBUTES if (value := call.request.headers.get(name))}
        root = self._tracer.start_span(
            "webhook",
            context=_PROPAGATOR.extract(carrier),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": call.request.method, "http.request.body.size": call.size},
        )
        trace = _Trace(self._tracer, root)
        token = _CURRENT.set(trace)
        try:
            answer = await super()._answer(call, scope, receive)
        except (Rejected, UnavailableError) as error:
            _fail(trace, error)
            raise
        else:
            root.set_attribute("http.response.status_code", answer.status)
            root.set_attribute("hookline.outcome", answer.outcome)
            return answer
        finally:
            _CURRENT.reset(token)
            if call.source is not None:
                root.set_attribute("http.route", call.source.path)
                root.set_attribute("hookline.source", call.source.name)
            if call.event_id is not None:
                root.set_attribute("hookline.event_id", call.event_id)
            trace.end()

    def _route(self, event: Event) -> RoutedEvent:
        """The event with its queues and the context of the trace."""
        trace = _CURRENT.get()
        span = trace.next("route", SpanKind.PRODUCER)
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, set_span_in_context(span))
        routed = super()._route(replace(event, metadata={**event.metadata, **carrier}))
        span.set_attribute("hookline.event_type", event.type)
        span.set_attribute("messaging.destination.name", list(routed.queues))
        trace.next("store")
        return routed


def _fail(trace: _Trace, error: Rejected | UnavailableError) -> None:
    """Note why the request failed. By OpenTelemetry's conventions a sender's fault is not an error of the server's span."""
    trace.root.set_attribute("http.response.status_code", error.status)
    trace.root.set_attribute("error.type", error.code)
    trace.step.set_attribute("error.type", error.code)
    if isinstance(error, UnavailableError):
        trace.root.set_status(Status(StatusCode.ERROR, error.code))
