"""Putting an old event through again on purpose."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hookline.domain.event import TRANSITIONS, Status
from hookline.errors import OperatorError
from hookline.pipeline.replay import reopened
from unit.builders import event


@pytest.mark.parametrize("status", [Status.ROUTED, Status.UNMATCHED, Status.FAILED])
def test_an_event_that_has_ended_waits_again(status: Status) -> None:
    """A replay changes where an event stands and nothing of what was received."""
    old = event(status=status)

    again = reopened(old)

    assert again == replace(old, status=Status.RECEIVED)
    assert again.body is old.body


def test_an_event_that_waits_already_is_not_replayed() -> None:
    """It will be routed in any case; a second time would only reset its pauses."""
    with pytest.raises(OperatorError) as refused:
        reopened(event(status=Status.RECEIVED))

    assert refused.value.code == "not_replayable"
    assert "transactions:evt_1" in str(refused.value)


def test_replay_follows_the_table_of_statuses() -> None:
    """One table decides, so that no store and no command can disagree with it."""
    replayable = {status for status in Status if Status.RECEIVED in TRANSITIONS[status]}

    assert replayable == set(Status) - {Status.RECEIVED}
