"""Groups and deduplication ids, as SQS takes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.fifo import deduplication_id, fifo_position, group_id, is_fifo_id, sequence_number

EVENT = "shop:evt_1"


def test_a_group_that_is_text_is_taken_as_it_is() -> None:
    """Consumers see it as MessageGroupId."""
    assert group_id("customer-7", EVENT) == "customer-7"


@pytest.mark.parametrize("found", [None, "", 7, 1.5, True, ["a"], {"a": "b"}])
def test_an_event_without_a_group_is_a_group_of_its_own(found: object) -> None:
    """It waits for no other, and no other waits for it."""
    assert group_id(found, EVENT) == EVENT


def test_the_longest_group_is_unchanged_and_a_longer_one_is_hashed() -> None:
    """SQS takes 128 characters."""
    assert group_id("a" * 128, EVENT) == "a" * 128
    hashed = group_id("a" * 129, EVENT)
    assert hashed.startswith("sha256:")
    assert hashed == group_id("a" * 129, "another:event")
    assert hashed != group_id("a" * 130, EVENT)


@pytest.mark.parametrize("found", ["two words", "né", "a\tb", "\ud800"])
def test_a_group_with_characters_that_sqs_refuses_is_hashed(found: str) -> None:
    """SQS would refuse the message, and it would never reach its queue."""
    assert is_fifo_id(group_id(found, EVENT))


def test_a_replay_is_not_a_duplicate_of_what_it_replays() -> None:
    """Within five minutes SQS would otherwise drop the replayed message."""
    assert deduplication_id(EVENT) == EVENT
    assert len({deduplication_id(EVENT), deduplication_id(EVENT, "r1"), deduplication_id(EVENT, "r2")}) == 3


@given(found=st.text(), event_id=st.text(min_size=1), replay_id=st.none() | st.text())
def test_whatever_an_event_is_called_sqs_takes_its_ids(found: str, event_id: str, replay_id: str | None) -> None:
    """Delivery ids have up to 256 characters of any script."""
    position = fifo_position(event_id, group=found, replay_id=replay_id)

    assert is_fifo_id(position.group)
    assert is_fifo_id(position.deduplication_id)


@given(first=st.integers(0, 2**62), second=st.integers(0, 2**62))
def test_sequence_numbers_sort_as_text(first: int, second: int) -> None:
    """Consumers compare them as the text that they are."""
    assert len(sequence_number(first)) == 20
    assert (sequence_number(first) < sequence_number(second)) is (first < second)
