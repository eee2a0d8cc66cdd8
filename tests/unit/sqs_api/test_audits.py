"""What clients do to a whole queue is noted before it happens, and again at its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hookline.adapters.memory.audit import MemoryAuditLog
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.state import MemoryState
from hookline.domain.access import ANYONE, Principal, Right
from hookline.errors import UnavailableError
from hookline.sqs_api.audits import Audits

NOW = datetime(2026, 3, 1, tzinfo=UTC)
OPERATOR = Principal(key_id="ops", rights=frozenset(Right), queues=frozenset({"*"}))


def audit_log() -> MemoryAuditLog:
    """An empty one."""
    return MemoryAuditLog(MemoryState(MemoryClock(NOW), (), timedelta(days=30)))


def test_an_entry_is_there_before_the_action_and_has_its_number_afterwards() -> None:
    """An action that a kill ends must be in the log as well."""
    log = audit_log()

    with Audits(log=log, now=lambda: NOW).noted("purge", "payments", OPERATOR) as note:
        (begun,) = log.newest(limit=2)
        note.affected = 3
    (ended,) = log.newest(limit=2)

    assert (begun.action, begun.subject, begun.actor, begun.affected) == ("purge", "payments", "key:ops", None)
    assert (ended.id, ended.affected) == (begun.id, 3)


def test_an_action_that_fails_has_ended_too() -> None:
    """An entry without a number says that the action still runs."""
    log = audit_log()

    with (
        pytest.raises(UnavailableError),
        Audits(log=log, now=lambda: NOW).noted("purge", "payments", ANYONE),
    ):
        raise UnavailableError("storage_unavailable", "away")
    (entry,) = log.newest(limit=2)

    assert (entry.actor, entry.affected) == ("anyone, without an access key", 0)
