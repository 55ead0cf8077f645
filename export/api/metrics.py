"""What Prometheus is told: how long requests took, as they end; how many drafts are where, every few seconds."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from export.queue import Queue
from export.states import State
from export.totals import Totals, reconcile
from export.webhooks.deliveries import EndpointTotals, endpoint_totals

COUNTED_EVERY_SECONDS = 5.0
"""The whole queue is counted once in so long, however many ask."""

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where the library keeps the figures of several server processes, so that each of them can tell those of all."""

_METHODS = frozenset({"DELETE", "GET", "HEAD", "POST"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

T = TypeVar("T")
F = TypeVar("F", CounterMetricFamily, GaugeMetricFamily)


class Recently(Generic[T]):
    """What `ask` says, asked again only when the last answer is older than `seconds`."""

    def __init__(self, ask: Callable[[], T], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = threading.Lock()
        self._answer: tuple[float, T] | None = None

    def __call__(self) -> T:
        with self._lock:
            now = time.monotonic()
            if self._answer is None or now - self._answer[0] > self._seconds:
                self._answer = now, self._ask()
            return self._answer[1]


class Figures:
    """The figures of one application."""

    def __init__(self, queue: Queue) -> None:
        self._requests = CollectorRegistry()
        self.seconds = Histogram(
            "prelabel_request_seconds",
            "Seconds until a request was answered whole.",
            ["method", "route", "status"],
            registry=self._requests,
            buckets=_BUCKETS,
        )
        self._totals = Recently(lambda: reconcile(queue), COUNTED_EVERY_SECONDS)
        self._endpoints = Recently(lambda: endpoint_totals(queue), COUNTED_EVERY_SECONDS)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it. Raises QueueUnusable."""
        queue = CollectorRegistry()
        queue.register(_Drafts(self._totals()))
        queue.register(_Webhooks(self._endpoints()))
        requests = self._requests
        if FOLDER_VARIABLE in os.environ:
            requests = CollectorRegistry()
            MultiProcessCollector(requests)  # type: ignore[no-untyped-call]
        return generate_latest(queue) + generate_latest(requests)


class _Drafts(Collector):
    """Drafts by state. Not gauges of the library: of several processes each would tell its own."""

    def __init__(self, totals: Totals) -> None:
        self._totals = totals

    def collect(self) -> Iterator[Metric]:
        count = GaugeMetricFamily("prelabel_queue_drafts", "Drafts in the queue.", labels=["state"])
        seconds = GaugeMetricFamily("prelabel_queue_seconds", "Seconds of their work units.", labels=["state"])
        for state in State:
            number, total = self._totals.states.get(state, (0, 0.0))
            count.add_metric([state], number)
            seconds.add_metric([state], total)
        last = GaugeMetricFamily("prelabel_queue_last_event", "Number of the last event.", self._totals.event)
        yield from (count, seconds, last)


class _Webhooks(Collector):
    """What became of webhooks, by endpoint. Counters come from the queue: every server process tells the same."""

    def __init__(self, endpoints: Sequence[EndpointTotals]) -> None:
        self._endpoints = endpoints

    def collect(self) -> Iterator[Metric]:
        def told(family: type[F], name: str, text: str, value: Callable[[EndpointTotals], float]) -> F:
            made = family(f"prelabel_webhook_{name}", text, labels=["endpoint"])
            for one in self._endpoints:
                made.add_metric([one.name], value(one))
            return made

        yield told(CounterMetricFamily, "sent", "Posts answered 2xx.", lambda one: one.sent)
        yield told(CounterMetricFamily, "failed", "Posts that were not.", lambda one: one.failed)
        yield told(GaugeMetricFamily, "waiting", "Deliveries that are still to be sent.", lambda one: one.waiting)
        yield told(GaugeMetricFamily, "dead", "Deliveries that were given up.", lambda one: one.dead)
        yield told(
            GaugeMetricFamily,
            "oldest_waiting_seconds",
            "Age of the oldest event that waits; 0: none does.",
            lambda one: one.oldest_waiting,
        )
        yield told(
            GaugeMetricFamily,
            "failing_seconds",
            "For how long nothing was answered 2xx; 0: it is well.",
            lambda one: one.failing,
        )
        yield told(GaugeMetricFamily, "disabled", "1: nothing is posted there.", lambda one: float(one.disabled))


class Timed:
    """Notes how long each request took, by the route that answered it and the status that it got."""

    def __init__(self, app: ASGIApp, seconds: Histogram) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # Names of a caller's choice would make a series each.
            method = scope["method"] if scope["method"] in _METHODS else "other"
            route = getattr(scope.get("route"), "path", "other")
            self._seconds.labels(method, route, status).observe(time.perf_counter() - began)
