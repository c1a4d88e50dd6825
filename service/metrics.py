"""What Prometheus may know: requests, seconds per step, alerts, gallery size. One registry per application."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The service's own counters."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter("tidewaiter_requests", "Answers", ["method", "route", "status"], registry=registry)
        self.request_seconds = Histogram("tidewaiter_request_seconds", "Time to answer", ["route"], registry=registry)
        self.step_seconds = Histogram("tidewaiter_step_seconds", "Time of a step", ["step"], registry=registry)
        self.scans = Counter("tidewaiter_scans", "Scans inspected", ["decision"], registry=registry)
        self.answers = Counter("tidewaiter_answers", "Scans answered", ["decision", "decided_by"], registry=registry)
        self.deliveries = Counter("tidewaiter_deliveries", "Tries to tell other systems", ["what"], registry=registry)
        self.alerts = Counter("tidewaiter_alerts", "Alerts raised", registry=registry)
        self.decisions = Counter("tidewaiter_decisions", "Alerts decided", ["action"], registry=registry)
        self.gallery_marks = Gauge("tidewaiter_gallery_marks", "Marks that are searched", registry=registry)
        self.waiting = Gauge("tidewaiter_scans_waiting", "Scans waiting or being inspected", registry=registry)

    def steps(self, milliseconds: Mapping[str, float]) -> None:
        """Note the time of each step of one inspection."""
        for step, value in milliseconds.items():
            self.step_seconds.labels(step).observe(value / 1000)

    def text(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self._registry)
