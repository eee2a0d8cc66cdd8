"""``GET /bodies/{event id}``, for consumers of large messages."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from contract.builders import QUEUES, START, event, routed
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import Database, SqliteEventStore, SqliteQueues, SqliteRoutedStore
from hookline.domain.access import ANYONE, PRINCIPAL
from hookline.domain.event import Status
from hookline.runtimes.embedded.bodies import bodies_route

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = timedelta(hours=1)
EVENT = event(status=Status.ROUTED)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An event of a source that keeps it for an hour, and its message on a queue that keeps it for days."""
    with closing(
        Database.open(tmp_path / "hookline.db", clock=MemoryClock(START), queues=QUEUES, event_retention=KEPT)
    ) as opened:
        batch = SqliteRoutedStore(opened).stage([routed(EVENT, "payments")])
        assert batch is not None
        batch.commit()
        yield opened


def asked(database: Database) -> tuple[int, bytes]:
    """What a consumer gets that asks for the body."""
    route = bodies_route(SqliteEventStore(database).carried, SqliteQueues(database))
    scope = {"type": "http", "headers": [], "path_params": {"event_id": EVENT.id}, PRINCIPAL: ANYONE}
    answer = asyncio.run(route.endpoint(Request(scope)))
    return answer.status_code, answer.body


def test_a_body_is_there_for_as_long_as_its_message(database: Database) -> None:
    """A message over 1 MiB only names the place of its body: the event may have expired when a consumer comes, and was acknowledged."""
    assert isinstance(database.clock, MemoryClock)
    database.clock.advance(KEPT * 2)
    before = asked(database)
    queues = SqliteQueues(database)
    queues.delete("payments", [one.receipt for one in queues.receive("payments")])

    consumed, _ = asked(database)

    assert SqliteEventStore(database).get(EVENT.id) is None
    assert before == (200, EVENT.body)
    assert consumed == 404
