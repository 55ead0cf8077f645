"""Prometheus metrics of a run: what is drafted, how long stages take, what the store saved."""

from __future__ import annotations

import logging
from functools import cache

from prometheus_client import Counter, Histogram, start_http_server

from core.settings import Settings
from core.types import Draft, Duplicate, Rejected

log = logging.getLogger("prelabel")

_RECORDINGS = Counter("prelabel_recordings", "Recordings that ended, by outcome.", ["outcome"])
_AUDIO = Counter("prelabel_audio_seconds", "Seconds of audio drafted.")
_STAGES = Histogram(
    "prelabel_stage_seconds",
    "Seconds a stage took to compute.",
    ["stage"],
    buckets=(0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000),
)
_FROM_STORE = Counter("prelabel_stages_from_store", "Stages whose result was in the store already.", ["stage"])


class MetricsObserver:
    """Observer that counts for Prometheus."""

    def stage_began(self, recording: str, stage: str) -> None:
        return

    def stage_ended(self, recording: str, stage: str, seconds: float, *, from_store: bool) -> None:
        if from_store:
            _FROM_STORE.labels(stage).inc()
        else:
            _STAGES.labels(stage).observe(seconds)

    def duration_known(self, recording: str, seconds: float) -> None:
        return

    def recording_ended(self, recording: str, outcome: tuple[Draft, ...] | Rejected | Duplicate) -> None:
        if isinstance(outcome, Rejected):
            _RECORDINGS.labels(f"rejected_{outcome.reason}").inc()
        elif isinstance(outcome, Duplicate):
            _RECORDINGS.labels("duplicate").inc()
        else:
            _RECORDINGS.labels("drafted").inc()
            _AUDIO.inc(outcome[0].recording.duration)


def metrics_of(settings: Settings) -> tuple[MetricsObserver, ...]:
    """An observer whose figures are served at the port set; none where no port is set."""
    port = settings.machine.metrics_port
    if not port:
        return ()
    _serve(port)
    return (MetricsObserver(),)


@cache
def _serve(port: int) -> None:
    try:
        start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        # Two workers on one machine: the figures of one are missed, the work of neither.
        log.warning("no metrics: port %s cannot be used (%s); give each worker its own", port, error.strerror)
