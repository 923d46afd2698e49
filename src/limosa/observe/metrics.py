"""Metrics as Prometheus' text: what ``limosa metrics`` prints, and a service adds to its own.

Names and units follow Prometheus' naming practices; a database is told from others by two labels, the
environment's name and its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from limosa.errors import ProgramMissing

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from limosa.model.metrics import DatabaseMetrics, Metrics

_LABELS = ("env", "db")


def exposition(metrics: Metrics) -> str:
    """Return Prometheus' text format; raise ``ProgramMissing`` without its client library."""
    try:
        from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  an extra
    except ImportError:
        raise ProgramMissing(
            "the Python package 'prometheus-client' is not installed, and it writes the metrics",
            hint="pip install 'limosa[metrics]'",
            program="prometheus-client",
        ) from None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(metrics))
    return generate_latest(registry).decode()


class _Given:
    """A collector of what was measured before."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return families(self._metrics)


def families(metrics: Metrics) -> Iterator[Metric]:
    """Yield each metric that has samples, for a collector of the service's own."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415

    yield InfoMetricFamily("limosa_build", "The Limosa that measured.", {"version": metrics.version})
    schema = GaugeMetricFamily(
        "limosa_schema_info", "A version row of the database; always 1.", labels=[*_LABELS, "revision"]
    )
    runs = CounterMetricFamily(
        "limosa_runs", "Runs that have ended, by how they did.", labels=[*_LABELS, "result"]
    )
    gauges = {name: GaugeMetricFamily(name, text, labels=_LABELS) for name, text in _GAUGES.items()}
    for database in metrics.databases:
        labels = (metrics.environment, database.database)
        for name, value in _values(database).items():
            if value is not None:
                gauges[name].add_metric(labels, value)
        for revision in database.current:
            schema.add_metric([*labels, revision], 1)
        for outcome, many in sorted({} if database.runs is None else database.runs.outcomes.items()):
            runs.add_metric([*labels, outcome.replace(" ", "_")], many)
    yield from (family for family in (*gauges.values(), schema, runs) if family.samples)


_GAUGES = {
    "limosa_database_up": "Does the database answer?",
    "limosa_schema_at_head": "Does the database stand at the heads on disk?",
    "limosa_schema_pending_revisions": "Revisions that an upgrade to the heads would run.",
    "limosa_last_run_success": "Did the last run leave the database where it was asked to be?",
    "limosa_last_run_duration_seconds": "How long the last run took.",
    "limosa_last_run_timestamp_seconds": "When the last run ended.",
    "limosa_last_success_timestamp_seconds": "When the last run ended that succeeded.",
}


def _values(database: DatabaseMetrics) -> dict[str, float | None]:
    runs = database.runs
    last = None if runs is None else runs.last
    return {
        "limosa_database_up": database.is_up,
        "limosa_schema_at_head": database.is_at_head,
        "limosa_schema_pending_revisions": database.pending,
        "limosa_last_run_success": None if last is None else last.is_success,
        "limosa_last_run_duration_seconds": None if last is None else last.duration_s,
        "limosa_last_run_timestamp_seconds": None if last is None else last.finished_at_s,
        "limosa_last_success_timestamp_seconds": None if runs is None else runs.last_success_at_s,
    }
