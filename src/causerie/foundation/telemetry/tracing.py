"""Traces by OpenTelemetry: off, and not even imported, until there is somewhere to send them.

One tracer for the process, as there is one log. Whoever is put together asks ``current()`` once, and
puts nothing around its work where that is None: a message then costs what it costs without.
Spans hold names, numbers and ids; never a text, a statement or an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import time_ns
from typing import TYPE_CHECKING

import causerie

if TYPE_CHECKING:  # An extra, imported when it is wanted.
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

EXPORT_SECONDS = 5.0  # A collector that takes longer is away; what waits for it has a bound.
MAX_WAITING_SPANS = 8192  # Some seconds of a busy server; further ones are dropped.
MAX_LINKS = 128  # Of a batch's messages; the library keeps as many.

Attributes = Mapping[str, str | int | float | bool]


class Begun:
    """A span that ends elsewhere than where it began."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span

    def end(self, error: BaseException | None = None) -> None:
        """End it; with the type of what went wrong, and not its text."""
        _note_error(self.span, error)
        self.span.end()


class Tracer:
    """Begins spans; the one that is current is the parent of what begins inside of it."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry import context, trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("causerie", causerie.__version__)
        self._trace = trace
        self._context = context
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self,
        name: str,
        attributes: Attributes | None = None,
        *,
        parent: Begun | None = None,
        traceparent: str = "",
        links: Sequence[Begun] = (),
    ) -> Iterator[Begun]:
        """A span around a piece of work; a child of ``parent``, of ``traceparent``, or the current."""
        around = None if parent is None else self._trace.set_span_in_context(parent.span)
        if traceparent:
            around = self._around(traceparent)
        linked = [self._trace.Link(b.span.get_span_context()) for b in links[:MAX_LINKS]]
        span = self._tracer.start_span(name, around, attributes=attributes, links=linked)
        with self.inside(Begun(span)) as begun:
            yield begun

    @contextmanager
    def serving(self, name: str, traceparent: str | None) -> Iterator[Begun]:
        """A span around what another program asked for, whose own span is ``traceparent``."""
        around = self._around(traceparent or "")
        kind = self._trace.SpanKind.SERVER
        with self.inside(Begun(self._tracer.start_span(name, around, kind=kind))) as begun:
            yield begun

    def traceparent(self) -> str:
        """The current span, as another program or node goes on with it (W3C Trace Context)."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent", "")

    def _around(self, traceparent: str) -> Context:
        given = {"traceparent": traceparent} if traceparent else {}
        return self._propagator.extract(given, context=self._context.Context())

    @contextmanager
    def inside(self, begun: Begun) -> Iterator[Begun]:
        """Make a span the current one, and end it at the end."""
        token = self._context.attach(self._trace.set_span_in_context(begun.span))
        try:
            yield begun
        except BaseException as error:
            _note_error(begun.span, error)
            raise
        finally:
            self._context.detach(token)
            begun.span.end()

    def begin(self, name: str, attributes: Attributes | None = None) -> Begun:
        """Begin a span that is not the current one, and that its holder ends."""
        return Begun(self._tracer.start_span(name, attributes=attributes))

    @contextmanager
    def resumed(self, begun: Begun) -> Iterator[None]:
        """Make a span the current one for a while."""
        token = self._context.attach(self._trace.set_span_in_context(begun.span))
        try:
            yield
        finally:
            self._context.detach(token)

    def ended(self, name: str, seconds: float, attributes: Attributes) -> None:
        """Note what took so long and ended just now, inside of the current span; else nothing."""
        if not self._trace.get_current_span().get_span_context().trace_flags.sampled:
            return  # Of the server's own loops: each would be a trace of its own.
        now = time_ns()
        span = self._tracer.start_span(
            name,
            kind=self._trace.SpanKind.CLIENT,
            attributes=attributes,
            start_time=now - int(seconds * 1e9),
        )
        span.end(now)

    def stop(self) -> None:
        """Send what waits, for ``EXPORT_SECONDS`` at most."""
        self._provider.force_flush(int(EXPORT_SECONDS * 1000))
        self._provider.shutdown()


def _note_error(span: Span, error: BaseException | None) -> None:
    if error is None:
        return
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute("error.type", type(error).__name__)
    span.set_status(Status(StatusCode.ERROR))


_tracer: Tracer | None = None


def current() -> Tracer | None:
    """The tracer of this process, or None where there is no tracing."""
    return _tracer


def start_tracing(endpoint: str, *, percent: int, environment: str) -> Callable[[], None]:
    """Send so many percent of all traces to a collector by OTLP over HTTP from now on.

    Gives what ends that. Raises ``ImportError``.
    """
    global _tracer  # noqa: PLW0603 - one for the process, as the log is
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    provider = TracerProvider(
        resource=Resource.create(
            {
                "service.name": "causerie",
                "service.version": causerie.__version__,
                "deployment.environment.name": environment,
            }
        ),
        sampler=ParentBased(TraceIdRatioBased(percent / 100)),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=MAX_WAITING_SPANS))
    tracer = _tracer = Tracer(provider)

    def stop() -> None:
        global _tracer  # noqa: PLW0603 - as above
        _tracer = None
        tracer.stop()

    return stop
