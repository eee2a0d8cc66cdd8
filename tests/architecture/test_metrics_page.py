"""One table says what is counted: the page, CloudWatch's names and ``/metrics`` all follow it."""

from __future__ import annotations

import re
from pathlib import Path

import hookline
from hookline.ports.metric_table import METRICS, Kind, prometheus_name
from hookline.ports.telemetry import FORWARD_METRICS, Metric
from infra.metrics import KNOWN
from metrics_page import PAGE, rewritten

PACKAGE = Path(hookline.__file__).parent
READERS = [PACKAGE / "runtimes" / "embedded" / name for name in ("measures.py", "wiring/metrics.py")]
CLIENT = "process_"
"""Metrics of the client library."""


def test_the_page_is_current() -> None:
    """`make metrics` writes it again. An alarm names a metric: the person who is woken looks it up."""
    text = PAGE.read_text()

    assert rewritten(text) == text


def test_every_metric_of_cloudwatch_is_in_the_table_once() -> None:
    """Nobody has written down what a metric means that is not in it."""
    assert sorted(row.metric.value for row in METRICS if row.metric is not None) == sorted(Metric)
    assert {row.metric for row in METRICS if row.metric and row.written_by == "`hookline forward`"} == FORWARD_METRICS


def test_the_names_of_both_homes_are_the_same_words() -> None:
    """A person who knows one home's dashboard can read the other's."""
    shared = [row for row in METRICS if row.metric is not None]

    assert all(row.name == prometheus_name(row.metric, row.kind) for row in shared if row.metric is not None)
    assert prometheus_name(Metric.OUTBOX_OLDEST_SECONDS, Kind.GAUGE) == "hookline_outbox_oldest_seconds"
    assert prometheus_name(Metric.ACCEPTED) == "hookline_accepted_total"
    assert all((row.metric.unit == "Seconds") == (row.unit == "seconds") for row in shared if row.metric is not None)


def test_a_metric_of_a_service_is_one_that_the_service_has() -> None:
    """A mistyped name leads nowhere."""
    named = [row.service.split(" ") for row in METRICS if row.service]

    assert [pair for pair in named if pair[1] not in KNOWN[pair[0]]] == []


def test_names_follow_the_rules_of_prometheus() -> None:
    """Tools guess a metric's kind and unit by its name (prometheus.io/docs/practices/naming)."""
    names = [row.name for row in METRICS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"(hookline|process)_[a-z_]+", name) for name in names)
    assert [row.name for row in METRICS if (row.kind is Kind.COUNTER) != row.name.endswith("_total")] == []
    assert all(row.name.endswith("_seconds") for row in METRICS if row.kind is Kind.HISTOGRAM)
    assert all(re.fullmatch(r"[A-Z1].*\.", row.meaning) for row in METRICS)


def test_a_label_has_only_values_that_somebody_configured_or_hookline_has() -> None:
    """A label that a sender can fill fills the memory of the scraper."""
    bounded = {"source", "code", "status", "queue", "port", "secret", "key", "version", "python", "sqlite"}

    assert {label for row in METRICS for label in row.labels} == bounded


def test_the_readers_give_exactly_what_the_table_says() -> None:
    """A row that no reader gives would be a metric that is never there; the reverse is an error when it is scraped."""
    text = "".join(path.read_text() for path in READERS)
    written = set(re.findall(r'"(hookline_[a-z_]+)"', text))
    made = {
        prometheus_name(metric, kind)
        for metric in Metric
        for kind in (Kind.COUNTER, Kind.GAUGE)
        if f"Metric.{metric.name}, Kind.GAUGE" in text or kind is Kind.COUNTER
    }

    promised = {row.name for row in METRICS if row.embedded and not row.name.startswith(CLIENT)}
    assert written - promised == set()
    assert promised - written - made == set()
