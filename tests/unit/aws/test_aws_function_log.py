"""Requests that the validator refused, found in its log."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from contract.aws import shared_cloud
from hookline.adapters.aws.function_log import FunctionLog
from hookline.adapters.local import SystemClock
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def group() -> str:
    """A log group with a stream."""
    cloud = shared_cloud()
    cloud.emulator.set_time(None)
    name = f"/aws/lambda/{uuid.uuid4().hex}"
    logs = cloud.emulator.client("logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    return name


@pytest.fixture
def write(group: str) -> Callable[..., None]:
    """Write lines into it, now."""

    def put(*lines: object) -> None:
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        at = int(time.time() * 1000)
        events = [{"timestamp": at + number, "message": text} for number, text in enumerate(texts)]
        shared_cloud().emulator.client("logs").put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    return put


def request(status: int, outcome: str, **more: object) -> dict[str, object]:
    """A line of the validator's."""
    return {"event": "request", "status": status, "outcome": outcome, "source": "shop", "bytes": 42, **more}


def test_each_refusal_comes_once_with_what_the_line_says(group: str, write: Callable[..., None]) -> None:
    """The table has accepted events only: a wrong secret shows nowhere else."""
    log = FunctionLog(shared_cloud().clients.logs, group=group, clock=SystemClock())
    write(
        request(202, "accepted"),
        request(401, "signature_mismatch", rejected=17),
        "START RequestId",
        request(404, "unknown_path", source=None),
    )
    first = log.refused()
    write(request(409, "conflict"))
    second = log.refused()

    assert [(call.source, call.code, call.size, call.number) for call in first] == [
        ("shop", "signature_mismatch", 42, 17),
        (None, "unknown_path", 42, None),
    ]
    assert [call.code for call in second] == ["conflict"]
    assert abs((first[0].at - datetime.now(UTC)).total_seconds()) < 60
    assert log.refused() == []


def test_what_was_refused_before_is_not_shown(group: str, write: Callable[..., None]) -> None:
    """A tail starts with the present."""
    write(request(401, "signature_mismatch"))
    time.sleep(0.05)
    log = FunctionLog(shared_cloud().clients.logs, group=group, clock=SystemClock())

    assert log.refused() == []


def test_a_log_that_cannot_be_read_is_an_error_of_ours() -> None:
    """The person has no right to it, or named another environment."""
    log = FunctionLog(shared_cloud().clients.logs, group="/aws/lambda/nobody", clock=SystemClock())

    with pytest.raises(UnavailableError):
        log.refused()
