"""One sentence that says whether anything is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.dashboard.views.verdict import State, findings, sentence, tone_of
from hookline.domain.queue import Queue
from hookline.domain.sample import Sample
from hookline.ports.queue_listing import ListedQueue
from hookline.ports.queues import Depth

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EMPTY = Depth(visible=0, in_flight=0)


def state(
    *,
    fault: str | None = None,
    own: Depth = EMPTY,
    dead: Depth = EMPTY,
    name: str = "payments",
    samples: Sequence[Sample] = (),
    failed: int = 0,
    waiting: int | None = None,
    paused: Sequence[str] = (),
) -> State:
    """A home with one queue."""
    listed = [ListedQueue(queue=Queue(name=name), own=own, dead=dead)]
    return State(fault=fault, listed=listed, samples=samples, failed=failed, waiting=waiting, paused_sources=paused)


def rejected(count: int, *, of: int, ago: float = 0) -> Sample:
    """A sample with ``count`` rejections."""
    answers = {401: count, 202: of - count}
    at = NOW - timedelta(seconds=ago)
    return Sample(at=at, seconds=5, rejected={"signature_mismatch": count}, answers=answers)


@pytest.mark.parametrize(
    ("found", "tone", "words"),
    [
        (state(), "ok", "Nothing is wrong."),
        (state(own=Depth(visible=3, in_flight=1, oldest_age=60)), "ok", "Nothing is wrong."),
        (state(fault="disk I/O error"), "bad", "Senders get 503: disk I/O error."),
        (state(failed=1), "bad", "1 event has failed to be routed."),
        (state(dead=Depth(visible=2, in_flight=1)), "bad", "3 dead letters on payments-dlq."),
        (
            state(own=Depth(visible=2, in_flight=0, oldest_age=7200)),
            "warn",
            "2 messages wait on payments, the oldest for 2h.",
        ),
        (state(own=Depth(visible=1, in_flight=0), name="unrouted"), "warn", "1 event matched no route."),
        (state(paused=["stripe"]), "warn", "The source stripe is paused."),
        (state(samples=[rejected(6, of=10)]), "warn", "6 of 10 calls were rejected in the last 5 minutes."),
        (state(samples=[rejected(6, of=1000)]), "ok", "Nothing is wrong."),
        (state(samples=[rejected(6, of=10, ago=600), rejected(0, of=10)]), "ok", "Nothing is wrong."),
        (
            state(samples=[Sample(at=NOW, seconds=5, outbox_waiting=7, outbox_oldest_age=90)]),
            "warn",
            "7 events wait to be routed, the oldest for 1m30s.",
        ),
        (
            state(samples=[Sample(at=NOW, seconds=60, outbox_oldest_age=90)]),
            "warn",
            "Events wait to be routed, the oldest for 1m30s.",
        ),
        (
            state(samples=[Sample(at=NOW, seconds=60, outbox_oldest_age=90)], waiting=3),
            "warn",
            "3 events wait to be routed, the oldest for 1m30s.",
        ),
        (state(samples=[Sample(at=NOW, seconds=60, outbox_oldest_age=90)], waiting=0), "ok", "Nothing is wrong."),
        (
            state(samples=[Sample(at=NOW, seconds=60, accepted=14, rejected={"signature_missing": 6})]),
            "warn",
            "6 of 20 calls were rejected in the last 5 minutes.",
        ),
        (
            state(samples=[Sample(at=NOW, seconds=5, unavailable=2)]),
            "bad",
            "2 calls were answered 503 in the last 5 minutes.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(found: State, tone: str, words: str) -> None:
    """People read it at three in the morning, and must not have to add anything up first."""
    seen = findings(found)

    assert (tone_of(seen), sentence(seen)) == (tone, words)


def test_the_worst_comes_first_and_all_of_it_is_linked() -> None:
    """A warning must not come before a loss."""
    seen = findings(state(own=Depth(visible=2, in_flight=0, oldest_age=7200), dead=Depth(visible=1, in_flight=0)))

    assert sentence(seen) == "1 dead letter on payments-dlq, and 1 other thing needs attention."
    assert [one.link for one in seen] == ["/queues/payments-dlq", "/queues/payments"]
