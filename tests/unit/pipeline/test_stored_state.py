"""What a configuration leaves behind in the store, from counts only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hookline.config.loading import parse
from hookline.domain.fifo import Fifo
from hookline.domain.queue import Queue
from hookline.pipeline.stored_state import differences
from hookline.ports.inventory import StoredQueue, StoredSecret, StoredSource, StoredState

if TYPE_CHECKING:
    from hookline.config import Config
    from hookline.pipeline.stored_state import Difference

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PAYMENTS = Queue(name="payments")
FIFO = Fifo(group="source")
CONFIG = parse(
    """
[sources.shop]
verify = { scheme = "hmac", secrets = ["SHOP_SECRET"], header = "X-Sig" }
id = "id"
type = "type"
[queues.payments]
[[routes]]
match = { type = ["payment"] }
queues = ["payments"]
""",
    base=Path(),
)


def compared(
    *, queues: tuple[StoredQueue, ...] = (), sources: tuple[StoredSource, ...] = (), **more: object
) -> list[Difference]:
    """The report for this store."""
    stored = StoredState(queues=queues, sources=sources, **more)  # type: ignore[arg-type]  # keywords that are passed on
    return list(differences(stored, CONFIG))


def on(queue: Queue, *, messages: int = 0, dead_letters: int = 0, **more: Any) -> StoredQueue:
    """A stored queue."""
    return StoredQueue(queue=queue, messages=messages, dead_letters=dead_letters, **more)


def test_a_store_that_fits_says_nothing() -> None:
    """Nobody reads a warning that appears at every start."""
    assert (
        compared(
            queues=(on(PAYMENTS, messages=9, dead_letters=9), on(Queue(name="unrouted"), messages=1)),
            sources=(StoredSource(name="shop", waiting=1, failed=1, rejected=1, armed=True),),
            secrets=(StoredSecret(name="SHOP_SECRET", source="shop", kept_at=AT),),
        )
        == []
    )


@pytest.mark.parametrize(("messages", "dead_letters"), [(1, 0), (0, 1)])
def test_a_queue_that_is_not_configured_is_named_and_counted(messages: int, dead_letters: int) -> None:
    """Nobody sees its messages, so the operator needs the name, their number and their last day."""
    (found,) = compared(queues=(on(Queue(name="refunds"), messages=messages, dead_letters=dead_letters),))

    assert (found.code, found.subject, found.name) == ("queue_not_configured", "queue", "refunds")
    assert found.facts == {
        "messages": messages,
        "dead_letters": dead_letters,
        "retention": "7d",
        "dead_letter_retention": "14d",
    }
    assert "hookline queues move" in found.advice
    assert "refunds" in str(found)
    assert f"messages: {messages}" in str(found)


@pytest.mark.parametrize(("before", "now"), [(None, FIFO), (FIFO, None)], ids=["fifo", "standard"])
def test_a_queue_that_changed_its_kind_leaves_the_former_one_to_drain(before: Fifo | None, now: Fifo | None) -> None:
    """It is another queue of the same name: its messages must be kept, and lowered settings do not apply to it."""
    former = replace(PAYMENTS, fifo=before, max_receives=9)
    config = replace(
        CONFIG, queues=tuple(replace(one, fifo=now) if one.name == "payments" else one for one in CONFIG.queues)
    )
    stored = StoredState(queues=(on(former, messages=3, dead_letters=1, over_receives=3, replaced_by_other_kind=True),))

    (found,) = differences(stored, config)

    assert (found.code, found.name, found.facts) == (
        "queue_kind_changed",
        "payments",
        {"messages": 3, "dead_letters": 1},
    )
    assert "hookline:draining" in found.advice
    assert ("a standard queue and is a FIFO queue" in found.what) == (now is not None)


def test_a_former_queue_that_is_empty_is_reported_only_where_it_costs() -> None:
    """In the embedded home it is gone; on AWS it stays until somebody deletes it."""
    stored = StoredState(queues=(on(replace(PAYMENTS, fifo=FIFO)),))

    assert differences(stored, CONFIG) == ()
    assert [one.code for one in differences(stored, CONFIG, empty_queues=True)] == ["queue_kind_changed"]


def test_an_empty_queue_that_is_not_configured_is_reported_only_where_it_costs() -> None:
    """In the database it is a row; on AWS it is a resource that somebody pays for and may think is served."""
    stored = StoredState(queues=(on(Queue(name="refunds")),))

    assert differences(stored, CONFIG) == ()
    assert [one.name for one in differences(stored, CONFIG, empty_queues=True)] == ["refunds"]


def configured(fifo: Fifo | None) -> Config:
    """The configuration with its queue FIFO or standard."""
    queues = (replace(one, fifo=fifo) if one.name == "payments" else one for one in CONFIG.queues)
    return replace(CONFIG, queues=tuple(queues))


@pytest.mark.parametrize(
    ("before", "now", "advice"),
    [(None, FIFO, "each as a group of its own"), (FIFO, None, "their order is no longer kept")],
    ids=["fifo", "standard"],
)
def test_a_queue_of_another_kind_is_reported_with_what_becomes_of_its_messages(
    before: Fifo | None, now: Fifo | None, advice: str
) -> None:
    """In the embedded home it stays the same queue, so its settings are compared as usual."""
    stored = on(replace(PAYMENTS, fifo=before, max_receives=9), messages=3, dead_letters=1, over_receives=2)

    found, lowered = differences(StoredState(queues=(stored,)), configured(now))

    assert (found.code, found.name, found.facts) == (
        "queue_kind_changed",
        "payments",
        {"messages": 3, "dead_letters": 1},
    )
    assert advice in found.advice
    assert lowered.code == "max_receives_lowered"


def test_other_groups_are_reported_while_messages_have_the_old_ones() -> None:
    """A message keeps the group with which it was sent. SQS does not know the expression, so that it is empty there."""
    stored = on(replace(PAYMENTS, fifo=FIFO), messages=1)
    unknown = on(replace(PAYMENTS, fifo=Fifo(group="")), messages=1)
    config = configured(Fifo(group="type"))

    (found,) = differences(StoredState(queues=(stored,)), config)

    assert (found.code, found.what) == ("queue_group_changed", "fifo.group is type instead of source")
    assert differences(StoredState(queues=(unknown,)), config) == ()
    assert differences(StoredState(queues=(replace(stored, messages=0),)), config) == ()


def test_lowered_max_receives_is_reported_with_what_it_dead_letters() -> None:
    """The next receive would move those messages although no consumer failed again."""
    old = replace(PAYMENTS, max_receives=9)

    (found,) = compared(queues=(on(old, messages=5, over_receives=2),))

    assert (found.code, found.name, found.facts) == ("max_receives_lowered", "payments", {"messages": 2})
    assert "5 instead of 9" in found.what


def test_lowered_retention_is_reported_for_the_queue_and_for_its_dead_letters() -> None:
    """The next sweep would remove acknowledged payments from either."""
    old = replace(PAYMENTS, retention=timedelta(days=13), dead_letter_retention=timedelta(days=14))

    found = compared(queues=(on(old, messages=5, over_retention=3, dead_over_retention=1),))
    config = replace(CONFIG, queues=(replace(PAYMENTS, dead_letter_retention=timedelta(days=8)),))
    both = differences(StoredState(queues=(on(old, over_retention=3, dead_over_retention=1),)), config)

    assert [(one.code, one.name, one.facts) for one in found] == [("retention_lowered", "payments", {"messages": 3})]
    assert [(one.name, one.facts) for one in both] == [
        ("payments", {"messages": 3}),
        ("payments-dlq", {"messages": 1}),
    ]


def test_lowered_settings_that_touch_no_message_say_nothing() -> None:
    """An operator may lower a setting, and only what it removes is reported."""
    assert compared(queues=(on(replace(PAYMENTS, max_receives=9, retention=timedelta(days=13)), messages=5),)) == []


def test_raised_settings_say_nothing() -> None:
    """Raised settings remove nothing, whatever was counted."""
    old = replace(PAYMENTS, max_receives=1, retention=timedelta(days=1), dead_letter_retention=timedelta(days=1))

    assert compared(queues=(on(old, messages=5, over_receives=5, over_retention=5, dead_over_retention=5),)) == []


def test_a_count_that_the_backend_does_not_know_is_reported_as_unknown() -> None:
    """SQS cannot say how many of its messages are too old: a missing count would look like zero."""
    old = replace(PAYMENTS, max_receives=9, retention=timedelta(days=14))

    found = compared(queues=(on(old, messages=5, over_receives=None, over_retention=None),))

    assert [one.code for one in found] == ["max_receives_lowered", "retention_lowered"]
    assert all("messages: unknown" in str(one) for one in found)


def test_a_source_that_is_gone_is_reported_with_what_is_left_of_it() -> None:
    """After a rename its failed events and rejected requests would seem to belong to no source."""
    found = compared(sources=(StoredSource(name="old", waiting=1, failed=2, rejected=3, armed=True),))

    assert [(one.code, one.name, one.facts) for one in found] == [
        ("source_not_configured", "old", {"waiting": 1, "failed": 2, "rejected": 3, "armed": 1})
    ]


def test_a_source_that_is_gone_and_left_nothing_says_nothing() -> None:
    """Nothing has to be done about it."""
    assert compared(sources=(StoredSource(name="old"),)) == []


def test_a_secret_that_no_source_names_is_reported_without_its_value() -> None:
    """It verifies nothing and can still leak."""
    secret = StoredSecret(name="OLD_SECRET", source="old", kept_at=AT)

    (found,) = compared(secrets=(secret,))

    assert (found.code, found.name) == ("secret_not_named", "OLD_SECRET")
    assert found.facts == {"kept_at": "2026-01-02T03:04:05+00:00", "source": "old"}


def test_a_secret_is_known_by_its_place_too() -> None:
    """``ssm:/hookline/prod/X`` and ``X`` are one secret."""
    secret = StoredSecret(name="X", source=None, kept_at=AT, aliases=("SHOP_SECRET",))

    assert compared(secrets=(secret,)) == []


def test_a_quarantine_above_its_lowered_bounds_is_reported() -> None:
    """The surplus would be removed at the next refusal, evidence of a fault of our own among it."""
    stored = StoredState(sources=(StoredSource(name="shop", rejected=3, rejected_bytes=30),))
    fits: Config = replace(CONFIG, quarantine=replace(CONFIG.quarantine, max_requests=3, max_bytes=30))
    fewer = replace(CONFIG, quarantine=replace(CONFIG.quarantine, max_requests=2))
    smaller = replace(CONFIG, quarantine=replace(CONFIG.quarantine, max_bytes=29))

    assert differences(stored, fits) == ()
    assert [[one.code for one in differences(stored, config)] for config in (fewer, smaller)] == [
        ["quarantine_lowered"],
        ["quarantine_lowered"],
    ]
