"""Moving messages on SQS when the service takes only some of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.builders import message
from hookline.errors import UnavailableError
from hookline.pipeline.audited import Run
from hookline.pipeline.queue_changes import move_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract.homes import AwsHome
    from hookline.adapters.aws.message_sender import SendResult
    from hookline.domain.message import Message

REFUSED = UnavailableError("storage_unavailable", "SQS did not take it")


@pytest.fixture
def refusing(home: AwsHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue ``refunds`` that never takes the message ``b``."""
    send = home.queues.send_each

    def some(queue: str, messages: Sequence[Message]) -> list[SendResult]:
        refused = message("b").event_id if queue == "refunds" else None
        return [REFUSED if one.event_id == refused else send(queue, [one])[0] for one in messages]

    monkeypatch.setattr(home.queues, "send_each", some)


@pytest.mark.usefixtures("refusing")
def test_the_audit_log_counts_what_went_before_a_fault(home: AwsHome) -> None:
    """The log must not say of messages that are on another queue now that they were never moved."""
    home.queues.send("payments", [message(name) for name in "abc"])
    run = Run(id="run-1", actor="ops", at=home.clock.now(), reason="wrong route")

    with pytest.raises(UnavailableError):
        move_all(home.queue_moves, home.audit, "payments", "refunds", run)

    assert [entry.affected for entry in home.audit.newest(limit=1)] == [2]
    assert sorted(home.standing("refunds")) == [message(name).event_id for name in "ac"]
    assert home.standing("payments") == [message("b").event_id]
