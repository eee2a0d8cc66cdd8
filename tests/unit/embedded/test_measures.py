"""What ``/metrics`` reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from contract.builders import QUARANTINE, START, event, message, routed, waiting
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.adapters.memory.queue_listing import MemoryQueueListing
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.storage_counts import MemoryStorageCounts
from hookline.domain.histogram import Durations
from hookline.errors import UnavailableError
from hookline.ports.metric_table import METRICS, Kind
from hookline.runtimes.embedded import measures
from hookline.runtimes.embedded.answer_counts import AnswerCounts
from hookline.runtimes.embedded.exposition import Exposition
from hookline.runtimes.embedded.last_events import LastEvents
from hookline.runtimes.embedded.measures import Measures, Value
from unit.embedded.fakes import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.metrics_core import Metric

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


def scraped(*readers: measures.Reader) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The metrics as another project's parser reads them."""
    text, media_type = Exposition(Measures(readers)).text("")
    assert media_type.startswith("text/plain; version=0.0.4")
    return values(prometheus(text.decode()))


def values(families: Iterable[Metric]) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Each value by its name and its labels."""
    return {(sample.name, frozenset(sample.labels.items())): sample.value for one in families for sample in one.samples}


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """How a value is found."""
    return name, frozenset(labels.items())


def test_answers_are_counted_by_source_code_and_status() -> None:
    """Alerts use these numbers."""
    counts = AnswerCounts()
    counts.add("shop", 202, "accepted", 0.002)
    counts.add("shop", 202, "repeated", 0.002)
    counts.add("shop", 401, "signature_mismatch", 0.0001)
    counts.add("shop", 503, "storage_full", 0.3)
    counts.add("", 404, "unknown_path", 0.0001)

    found = scraped(measures.answers(counts, lambda: {(431, "headers_too_large"): 2}, lambda: ["shop", "quiet"]))

    assert found[key("hookline_accepted_total", source="shop")] == 2
    assert found[key("hookline_repeated_body_total", source="shop")] == 1
    assert found[key("hookline_rejected_total", source="shop", code="signature_mismatch")] == 1
    assert found[key("hookline_rejected_total", source="", code="unknown_path")] == 1
    assert found[key("hookline_rejected_total", source="", code="headers_too_large")] == 2
    assert found[key("hookline_signature_failures_total", source="shop")] == 1
    assert found[key("hookline_unavailable_total", source="shop", code="storage_full")] == 1
    assert found[key("hookline_answers_total", source="shop", status="202")] == 2
    assert found[key("hookline_answers_total", source="", status="431")] == 2
    assert found[key("hookline_answer_seconds_count", source="shop")] == 4
    assert found[key("hookline_answer_seconds_bucket", source="shop", le="0.0025")] == 3
    assert found[key("hookline_answer_seconds_bucket", source="shop", le="+Inf")] == 4
    assert found[key("hookline_answer_seconds_sum", source="shop")] == pytest.approx(0.3041)


def test_what_is_counted_by_source_begins_at_zero() -> None:
    """PromQL sees no increase from nothing to 1: the first conflict of a source would raise no alert."""
    found = scraped(measures.answers(AnswerCounts(), dict, lambda: ["quiet"]))

    assert found[key("hookline_conflict_total", source="quiet")] == 0
    assert found[key("hookline_accepted_total", source="quiet")] == 0


def test_queues_and_dead_letters_are_what_the_listing_says() -> None:
    """Depth and age say whether consumers keep up."""
    memory = Memory()
    memory.queues.send("payments", [message("a"), message("b"), message("c")])
    for _ in range(2):
        memory.queues.receive("payments", visibility_timeout=timedelta())
    memory.queues.receive("payments")
    memory.clock.advance(timedelta(seconds=30))

    found = scraped(measures.queues(MemoryQueueListing(memory.state)))

    depth = memory.queues.depth("payments")
    assert found[key("hookline_queue_messages", queue="payments")] == depth.visible
    assert found[key("hookline_queue_in_flight", queue="payments")] == depth.in_flight
    assert depth.visible + depth.in_flight + found[key("hookline_dead_letters", queue="payments")] == 3
    assert found[key("hookline_queue_oldest_seconds", queue="payments")] == 30
    assert found[key("hookline_queue_oldest_seconds", queue="refunds")] == 0
    assert found[key("hookline_queue_paused", queue="refunds")] == 0


def test_a_reader_whose_storage_fails_takes_nothing_from_the_others() -> None:
    """While the disk fails, operators look at the counts of answers."""

    def fails() -> Iterator[Value]:
        yield Value("hookline_disk_free_bytes", (), 7)
        raise UnavailableError("storage_unavailable", "gone")

    found = scraped(fails, lambda: [Value("hookline_ready", (), 0)])

    assert found[key("hookline_disk_free_bytes")] == 7
    assert found[key("hookline_ready")] == 0


def test_both_formats_have_every_metric_of_the_table_with_its_kind() -> None:
    """A query by a missing name finds nothing, and looks as if all were well."""
    exposition = Exposition(Measures([lambda: [Value("hookline_commit_seconds", (), Durations().read())]]))

    plain, _ = exposition.text("text/plain")
    modern, media_type = exposition.text(OPEN_METRICS)

    assert media_type.startswith("application/openmetrics-text")
    promised = {row.name.removesuffix("_total"): row.kind for row in METRICS if row.embedded}
    kinds = {one.name.removesuffix("_total"): Kind(one.type) for one in prometheus(plain.decode())}
    assert {name: kinds.get(name) for name in promised} == promised
    assert set(kinds) == set(promised)
    assert {one.name: Kind(one.type) for one in open_metrics(modern.decode())} == promised  # type: ignore[no-untyped-call]  # as it is


def test_labels_cannot_break_the_format() -> None:
    """Names of the configuration are harmless now, but a later reader of metrics may not escape them."""
    odd = 'a"b\\c\nd'

    found = scraped(lambda: [Value("hookline_queue_messages", (odd,), 1)])

    assert found[key("hookline_queue_messages", queue=odd)] == 1


def test_the_newest_event_of_a_source_is_known_after_a_restart() -> None:
    """An alert for a silent source must not start again with each deployment."""
    memory, counts = Memory(), AnswerCounts()
    store = MemoryRoutedStore(memory.state)
    for at, name in ((START, "a"), (START + timedelta(hours=1), "b")):
        batch = store.stage([routed(event(name, received_at=at), "payments")])
        assert batch is not None
        batch.commit()
    last = LastEvents(counts, MemoryEventStore(memory.state), lambda: ["transactions", "quiet"])

    before = dict(last.read())
    counts.last_events["transactions"] = datetime(2027, 1, 1, tzinfo=UTC)

    assert before == {"transactions": START + timedelta(hours=1)}
    assert last.read() == {"transactions": datetime(2027, 1, 1, tzinfo=UTC)}


def test_what_waits_is_reported_with_its_age() -> None:
    """An outbox that does not empty means that acknowledged events are late."""
    memory = Memory()
    batch = MemoryRoutedStore(memory.state).stage([waiting(event("late"))])
    assert batch is not None
    batch.commit()

    counts = MemoryStorageCounts(memory.state, quarantine=MemoryQuarantine(memory.state, QUARANTINE))
    memory.clock.advance(timedelta(seconds=42))

    found = scraped(measures.stored(counts, memory.clock.now))

    assert found[key("hookline_outbox_waiting")] == 1
    assert found[key("hookline_outbox_oldest_seconds")] == 42
    assert found[key("hookline_failed_events")] == 0
