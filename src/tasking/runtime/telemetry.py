"""Sends the metrics of a day to the OpenTelemetry collector at OTEL_EXPORTER_OTLP_ENDPOINT, over HTTP."""

import os
from collections.abc import Sequence
from datetime import date
from typing import Any

import structlog

from tasking.runtime.metrics import Metric, day_metrics
from tasking.services import Services

log = structlog.get_logger(__name__)
_MOST_MS = 10_000


def send_day_metrics(services: Services, day: date) -> int:
    """Sends the metrics of a day. Returns how many were sent: 0 if no collector is set or it fails. Never raises."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return 0
    try:
        found = day_metrics(services, day)
        _send(found, {"partnership": services.key or services.partnership.name})
    except Exception as error:
        log.warning("no figures were sent", error=type(error).__name__)
        return 0
    return len(found)


def _send(found: Sequence[Metric], about: dict[str, Any]) -> None:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.resources import Resource

    # Collected and sent once, in this thread, so that no exporter thread is left running in a task.
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=Resource.create({"service.name": "tasking"}), shutdown_on_exit=False)
    meter = provider.get_meter("tasking")
    gauges = {one.name: meter.create_gauge(one.name, unit=one.unit) for one in found}
    for one in found:
        gauges[one.name].set(one.value, about | one.about)
    data = reader.get_metrics_data()
    if data is not None:
        OTLPMetricExporter(timeout=_MOST_MS // 1000).export(data, timeout_millis=_MOST_MS)
