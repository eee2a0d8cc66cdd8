"""The webhook endpoint as an ASGI application: whatever is sent gets one answer, and leaves nothing behind that it should not."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.builders import event, routed
from effort import examples
from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.confirmations import MemoryConfirmations
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.memory.keys import MemoryKeys
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.url_fetcher import MemoryUrlFetcher
from hookline.config import Config, parse
from hookline.domain.event import Status
from hookline.domain.reads import Reads, members_of
from hookline.domain.route import Route
from hookline.domain.source import Confirmation, Verified
from hookline.errors import UnavailableError
from hookline.pipeline.handshake import HandshakeEffects
from hookline.pipeline.receive import Endpoint as CallEndpoint
from hookline.pipeline.route import Router
from hookline.runtimes.embedded.active_config import ActiveConfig, ReadyConfig
from hookline.runtimes.embedded.answer_counts import AnswerCounts
from hookline.runtimes.embedded.call_limits import CallLimits, FailedCalls, Gate, RateLimits
from hookline.runtimes.embedded.committer import Committer
from hookline.runtimes.embedded.health import Health, StorageReports
from hookline.runtimes.embedded.ingest import Ingest
from hookline.runtimes.embedded.public_key_fetcher import PublicKeyFetcher
from hookline.runtimes.embedded.unfinished import UnfinishedBodies, budget
from unit.embedded.fakes import LogBook, Memory, Sender, run, settled, source, until
from vectors.senders import VECTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, MutableMapping, Sequence

    from hookline.domain.quarantine import RejectedRequest
    from hookline.domain.request import Request
    from hookline.domain.route import RoutedEvent
    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference, Source
    from hookline.ports.keys import KeptKeys
    from unit.embedded.fakes import MovingLoop

ROOM = 10_000
MAX_BODY = 1000
MIB = 1024 * 1024
JSON = (b"content-type", b"application/json")


class Everything:
    """A rule that takes every event, or none, or fails."""

    reads: frozenset[str] = frozenset()

    def __init__(self, fault: Exception | None = None, *, takes: bool = True) -> None:
        self.fault = fault
        self.takes = takes

    def matches(self, event: Mapping[str, object]) -> bool:  # noqa: ARG002 -- the Match protocol's shape
        """The answer that a test set, or a fault."""
        if self.fault is not None:
            raise self.fault
        return self.takes


class Endpoint:
    """The application over the memory backend."""

    def __init__(
        self,
        *sources: Source,
        rule: Everything | None = None,
        secrets: LoadedSecrets | None = None,
        keys: KeptKeys | None = None,
        unfinished: int = ROOM,
    ) -> None:
        self.memory = Memory()
        self.deadline = 10.0
        self.handshake_secrets = MemoryHandshakeSecrets(self.memory.clock)
        self.store: MemoryRoutedStore | FailingStore = MemoryRoutedStore(self.memory.state)
        self.gate = Gate(max_requests=3, max_bytes=ROOM)
        self.unfinished = UnfinishedBodies(max_bytes=unfinished)
        self.log = LogBook()
        self.counts = AnswerCounts()
        self.keys = keys or MemoryKeys({})
        self.confirmations = MemoryConfirmations()
        self.rejected: list[RejectedRequest] = []
        self._sources = sources or (source(max_body=MAX_BODY),)
        self._router = Router([Route(match=rule or Everything(), queues=("payments",))])
        self._secrets = secrets or LoadedSecrets({})
        self.app: Ingest

    def loaded(self) -> ReadyConfig:
        """The sources and routes as a configuration would have them."""
        return ReadyConfig(
            config=Config(sources=tuple(self._sources), queues=(), routes=(), schemes={}),
            endpoint=CallEndpoint.of(
                self._sources,
                lambda _: self._secrets.read,
                effects=HandshakeEffects(handshake_secrets=self.handshake_secrets, url_fetcher=MemoryUrlFetcher()),
                confirmations=self.confirmations,
            ),
            router=self._router,
            secrets=self._secrets,
        )

    def confirm_all(self, confirmations: MemoryConfirmations) -> None:
        """Have the sender asked about every call."""
        self.confirmations = confirmations
        asked = Confirmation(secret_name="CLIENT", place="live")
        self._sources = tuple(replace(source, confirmation=asked) for source in self._sources)
        self._secrets.learn("CLIENT", b"client:secret-of-some-length")

    def run(self, main: Callable[[MovingLoop], Coroutine[Any, Any, object]]) -> None:
        """Do ``main`` with the application ready; afterwards nothing may be in flight."""

        async def whole(loop: MovingLoop) -> None:
            committer = Committer(self.store, deadline=self.deadline, reports=StorageReports(Health(), LogBook()))
            committer.start()
            self.app = Ingest(
                counts=self.counts,
                current=ActiveConfig(self.loaded()),
                committer=committer,
                limits=CallLimits(
                    gate=self.gate,
                    rates=RateLimits(self._sources),
                    failed=FailedCalls(self._sources, log=self.log),
                    log=self.log,
                    on_rejected=self.rejected.append,
                ),
                unfinished=self.unfinished,
                log=self.log,
                key_fetcher=PublicKeyFetcher(self.keys, log=self.log, most_waiting=8, most_bytes=10 * ROOM),
            )
            await main(loop)
            await committer.drain()

        run(whole)
        assert (self.gate.requests, self.gate.size, self.unfinished.size) == (0, 0, 0)

    def post(self, *senders: Sender) -> None:
        """Have these answered, all at the same time."""

        async def main(_: MovingLoop) -> None:
            await asyncio.gather(*(self.call(sender) for sender in senders))

        self.run(main)

    async def call(self, sender: Sender) -> None:
        """Have one answered."""
        await self.app(sender.scope, sender.receive, sender.send)

    @property
    def stored(self) -> list[str]:
        """The ids of all events."""
        return list(self.memory.state.events)


class FailingStore:
    """A store that fails."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def stage(self, routed: Sequence[RoutedEvent], *, wait: bool = True) -> None:  # noqa: ARG002 -- the port's shape
        """Fail."""
        raise self._fault


class _HangingDisk:
    """A store that works, and whose commits wait until the disk answers."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.committed = threading.Event()

    def over(self, store: Any) -> Any:
        """The store, with commits that wait."""
        stage = store.stage

        def staged(routed: Sequence[RoutedEvent], *, wait: bool = True) -> Any:
            batch = stage(routed, wait=wait)
            commit = batch.commit
            batch.commit = lambda: self._when_it_answers(commit)
            return batch

        store.stage = staged
        return store

    def _when_it_answers(self, commit: Callable[[], None]) -> None:
        self.answers.wait(10)
        commit()
        self.committed.set()


def _body(name: str = "evt_1", size: int = 0) -> bytes:
    return json.dumps({"id": name, "padding": "x" * size}).encode()


def _parts(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.fixture
def endpoint() -> Endpoint:
    """One source that takes anything of up to 1,000 bytes."""
    return Endpoint()


# bodies


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_a_body_may_come_in_any_number_of_parts(endpoint: Endpoint, size: int) -> None:
    """A network may cut a body anywhere, and the stored body must be the bytes that were sent."""
    body = _body(size=200)
    sender = Sender(*_parts(body, size))

    endpoint.post(sender)

    (kept,) = endpoint.memory.state.events.values()
    assert sender.status == 202
    assert sender.document == {"event_id": "transactions:evt_1", "status": "accepted"}
    assert kept.stored.event.body == body
    assert endpoint.memory.standing() == ["transactions:evt_1"]
    assert endpoint.log.requests == [(202, "accepted", "transactions:evt_1")]


def test_empty_parts_change_nothing(endpoint: Endpoint) -> None:
    """ASGI servers end a body with an empty part when they learn of its end late."""
    body = _body()
    sender = Sender(b"", body[:5], b"", body[5:], b"")

    endpoint.post(sender)

    assert sender.status == 202
    assert endpoint.stored == ["transactions:evt_1"]


def test_every_answer_is_counted_and_how_long_it_took(endpoint: Endpoint) -> None:
    """Metrics and charts are made only of these counts, so a flood that gets no lines in the log is counted too."""
    wrong = Sender(b"{}", path="/elsewhere")
    gone = Sender(b"{", then="gone")

    endpoint.post(Sender(_body()))
    endpoint.post(Sender(_body()), Sender(_body(size=1)), wrong, gone)

    found = {(one.source, one.status, one.outcome): one.durations.count for one in endpoint.counts.read()}
    assert found == {
        ("transactions", 202, "accepted"): 1,
        ("transactions", 200, "duplicate"): 1,
        ("transactions", 409, "delivery_conflict"): 1,
        ("", 404, "unknown_path"): 1,
        ("transactions", 499, "sender_gone"): 1,
    }
    assert all(0 < one.durations.sum < 60 for one in endpoint.counts.read())
    assert set(endpoint.counts.last_events) == {"transactions"}


def test_an_event_that_no_route_wants_is_counted() -> None:
    """The event was accepted and is in a queue that nobody may be reading."""
    endpoint = Endpoint(rule=Everything(takes=False))

    endpoint.post(Sender(_body()))

    assert (endpoint.counts.unmatched, endpoint.counts.unrouted) == (1, 0)


@pytest.mark.parametrize("parts", [(), (b'{"id":"evt_1"}',), (b'{"id":', b'"evt_1"}')])
def test_a_sender_that_leaves_in_mid_body_stores_nothing(endpoint: Endpoint, parts: tuple[bytes, ...]) -> None:
    """Half a body may happen to be valid JSON, and must not be stored. Nobody is left to be answered."""
    sender = Sender(*parts, then="gone")

    endpoint.post(sender)

    assert endpoint.stored == []
    assert sender.sent == []
    assert endpoint.log.requests == [(499, "sender_gone", None)]


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(endpoint: Endpoint) -> None:
    """The parts of the body do not matter, and the sender is answered only after it has sent."""
    fits, over = _body("fits"), _body("over")
    fits += b" " * (MAX_BODY - len(fits))
    over += b" " * (MAX_BODY + 1 - len(over))
    senders = [Sender(fits), Sender(*_parts(over, 400)), Sender(over)]

    endpoint.post(*senders)

    assert [sender.status for sender in senders] == [202, 413, 413]
    assert endpoint.stored == ["transactions:fits"]
    assert senders[1].received == len(over)


def test_what_announces_itself_as_too_large_is_refused_before_it_is_held(endpoint: Endpoint) -> None:
    """A body that announces a gigabyte need not be counted before it is refused."""
    sender = Sender(b"{", b"}", headers=[JSON, (b"content-length", b"1073741824")])

    endpoint.post(sender)

    assert sender.status == 413
    assert sender.document["code"] == "body_too_large"
    assert endpoint.stored == []


@pytest.mark.parametrize("announced", [b"", b"abc", b"-1", b"1e3", b"1,2", b"0x10", b"9" * 12])
def test_an_announcement_is_no_way_to_a_fault(endpoint: Endpoint, announced: bytes) -> None:
    """Promise 4: outside input can raise nothing but a refusal, whichever HTTP parser is in front."""
    sender = Sender(_body()[:3], _body()[3:], headers=[JSON, (b"content-length", announced)])

    endpoint.post(sender)

    assert sender.status in (202, 413)
    assert endpoint.log.texts("error") == []


@pytest.mark.parametrize("announced", [b"\xb2", b"1\xb9", b"9" * 5000])
def test_an_odd_announcement_is_no_way_to_a_fault(endpoint: Endpoint, announced: bytes) -> None:
    """The parser refuses these, but the application must not count on that: a false length would cause a 503 and a traceback."""
    sender = Sender(_body()[:3], _body()[3:], headers=[JSON, (b"content-length", announced)])

    endpoint.post(sender)

    assert endpoint.log.texts("error") == []


# refusals before the body


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({"path": "/nowhere"}, 404),
        ({"method": "PUT"}, 405),
        ({"headers": [(b"content-type", b"text/plain")]}, 415),
        ({"headers": [JSON, (b"content-encoding", b"gzip")]}, 415),
        ({"headers": [JSON, (b"content-length", b"1001")]}, 413),
    ],
)
def test_a_refused_body_is_read_to_its_end_and_not_kept(endpoint: Endpoint, scope: dict[str, Any], status: int) -> None:
    """Most senders read the answer only after they have sent: to close immediately would reset the connection before they read it."""
    sender = Sender(*[b"x" * 100] * 50, **scope)

    endpoint.post(sender)

    assert sender.status == status
    assert sender.received == 5000
    assert endpoint.log.requests[0][0] == status


def test_a_refused_body_without_end_is_read_up_to_a_limit(endpoint: Endpoint) -> None:
    """The server reads eight mebibytes at most; then it answers and ends the connection."""
    sender = Sender(b"x" * 65536, then="more", path="/nowhere")

    endpoint.post(sender)

    assert sender.status == 404
    assert 8 * 2**20 <= sender.received <= 8 * 2**20 + 65536


def test_a_refused_sender_that_stops_sending_is_answered_soon(endpoint: Endpoint) -> None:
    """It may be waiting for the answer itself."""
    sender = Sender(b"x", path="/nowhere", then="silence")

    async def main(loop: MovingLoop) -> None:
        task = asyncio.ensure_future(endpoint.call(sender))
        await loop.advance(1)
        early = sender.status
        await loop.advance(2)
        await task
        assert early is None

    endpoint.run(main)

    assert sender.status == 404


def test_a_refused_sender_that_leaves_ends_the_reading(endpoint: Endpoint) -> None:
    """No more bytes will come."""
    sender = Sender(b"x", path="/nowhere", then="gone")

    endpoint.post(sender)

    assert endpoint.log.requests == [(404, "unknown_path", None)]


@pytest.mark.parametrize(
    "scope",
    [
        {"path": "/nowhere"},
        {"method": "PUT", "headers": [JSON, (b"expect", b"100-continue")]},
        {"headers": [(b"content-type", b"text/plain"), (b"expect", b"100-continue")]},
        {"headers": [JSON, (b"content-length", b"99999"), (b"expect", b"100-continue")]},
    ],
)
def test_a_sender_that_asks_first_is_refused_without_its_body(endpoint: Endpoint, scope: dict[str, Any]) -> None:
    """RFC 9110 section 10.1.1: reading would ask for a body that is not needed."""
    scope = {"headers": [JSON, (b"expect", b"100-continue")], **scope}
    sender = Sender(then="silence", **scope)

    endpoint.post(sender)

    assert sender.status in (404, 405, 413, 415)
    assert sender.asked == 0


def test_a_sender_that_asks_first_and_may_gets_100_continue(endpoint: Endpoint) -> None:
    """The application asks for the body, and that makes the server send 100 Continue."""
    sender = Sender(_body(), headers=[JSON, (b"expect", b"100-continue"), (b"content-length", b"30")])

    endpoint.post(sender)

    assert sender.status == 202


# bounds


def test_too_many_requests_at_the_same_time_are_asked_to_come_again() -> None:
    """Three wait for the disk; the fourth costs the server no memory."""
    disk = _HangingDisk()
    endpoint = Endpoint()
    endpoint.store = disk.over(endpoint.store)
    inside = [Sender(_body(f"evt_{number}")) for number in range(3)]
    late = Sender(_body("late"))

    async def main(_: MovingLoop) -> None:
        tasks = [asyncio.ensure_future(endpoint.call(sender)) for sender in inside]
        await settled()
        await endpoint.call(late)
        disk.answers.set()
        await asyncio.gather(*tasks)

    endpoint.run(main)

    assert (late.status, late.document["code"]) == (503, "overloaded")
    assert late.headers["retry-after"] == "1"
    assert [sender.status for sender in inside] == [202] * 3
    assert "transactions:late" not in endpoint.stored


def test_senders_of_one_byte_do_not_block_others(endpoint: Endpoint) -> None:
    """Three requests may be in flight. A hundred that never finish their bodies take none of the three places."""
    slow = [Sender(b"{", then="silence") for _ in range(100)]
    genuine = Sender(_body())

    async def main(_: MovingLoop) -> None:
        tasks = [asyncio.ensure_future(endpoint.call(sender)) for sender in slow]
        await settled()
        await endpoint.call(genuine)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    endpoint.run(main)

    assert genuine.status == 202


def test_more_bytes_than_there_is_room_for_are_asked_to_come_again() -> None:
    """Several large bodies may each be within their limit, and together exceed the memory."""
    disk = _HangingDisk()
    endpoint = Endpoint(source(max_body=ROOM))
    endpoint.store = disk.over(endpoint.store)
    first, second, small = Sender(_body("a", 6000)), Sender(_body("b", 6000)), Sender(_body("c"))

    async def main(_: MovingLoop) -> None:
        task = asyncio.ensure_future(endpoint.call(first))
        await settled()
        await endpoint.call(second)
        disk.answers.set()
        await endpoint.call(small)
        await task

    endpoint.run(main)

    assert (second.status, second.document["code"]) == (503, "overloaded")
    assert (first.status, small.status) == (202, 202)


# bodies that are still arriving


def test_the_body_that_has_been_idle_longest_is_dropped_when_there_is_no_room() -> None:
    """Otherwise slow senders would fill the room and keep the others out. A sender that is sending is never the one that is dropped."""
    endpoint = Endpoint(source(max_body=1000), unfinished=1000)
    stalled, moving, late = (Sender(b" " * 400, then="silence") for _ in range(3))
    moving.parts.append(b" " * 100)

    async def main(_: MovingLoop) -> None:
        tasks = []
        for sender in (moving, stalled):
            tasks.append(asyncio.ensure_future(endpoint.call(sender)))
            await settled()
        before = stalled.status
        tasks.append(asyncio.ensure_future(endpoint.call(late)))
        await settled()
        assert before is None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    endpoint.run(main)

    assert (moving.status, moving.document["code"]) == (408, "request_timeout")
    assert (stalled.status, late.status) == (None, None)


def test_a_part_that_comes_makes_a_body_the_least_idle() -> None:
    """The order is that of each body's last bytes, and not of its first ones."""
    endpoint = Endpoint(source(max_body=1000), unfinished=1000)
    more = asyncio.Event()
    stalled, late = (Sender(b" " * 400, then="silence") for _ in range(2))

    class Moving(Sender):
        async def receive(self) -> MutableMapping[str, Any]:
            if self.asked == 1:
                await more.wait()
            return await super().receive()

    moving = Moving(b" " * 400, b" " * 100, then="silence")

    async def main(_: MovingLoop) -> None:
        tasks = []
        for sender in (moving, stalled):
            tasks.append(asyncio.ensure_future(endpoint.call(sender)))
            await settled()
        more.set()
        await settled()
        tasks.append(asyncio.ensure_future(endpoint.call(late)))
        await settled()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    endpoint.run(main)

    assert stalled.status == 408
    assert (moving.status, late.status) == (None, None)


def test_a_body_without_a_byte_is_not_dropped() -> None:
    """It holds nothing: dropping it would free no room, and its sender would have to come again for nothing."""
    endpoint = Endpoint(source(max_body=1000), unfinished=1000)
    waiting = Sender(b"", then="silence")
    large = [Sender(b" " * 900, then="silence") for _ in range(4)]

    async def main(_: MovingLoop) -> None:
        tasks = []
        for sender in (waiting, *large):
            tasks.append(asyncio.ensure_future(endpoint.call(sender)))
            await settled()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    endpoint.run(main)

    assert waiting.status is None
    assert [sender.status for sender in large] == [408, 408, 408, None]


@pytest.mark.parametrize(("in_flight", "largest", "room"), [(64, 8, 32), (64, 16, 64), (10, 10, 40)])
def test_there_is_always_room_for_four_of_the_largest_bodies(in_flight: int, largest: int, room: int) -> None:
    """A budget smaller than one body would always refuse that body."""
    assert budget(in_flight, largest) == room


def test_verified_calls_above_the_rate_are_refused() -> None:
    """The rate is the sender's own: what is above it is stored nowhere, and the sender comes again."""
    endpoint = Endpoint(source(rate_limit=1))
    senders = [Sender(_body("evt_1")), Sender(_body("evt_2"))]

    endpoint.post(*senders)

    assert [sender.status for sender in senders] == [202, 429]
    assert senders[1].headers["retry-after"] == "1"
    assert endpoint.stored == ["transactions:evt_1"]


def test_a_sender_that_comes_while_the_server_stops_gets_that_answer(endpoint: Endpoint) -> None:
    """No part of it was kept, and another server may take it."""
    endpoint.gate.close()
    sender = Sender(_body())

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (503, "shutting_down")
    assert endpoint.stored == []


# faults


def test_an_event_whose_routing_fails_is_stored_and_acknowledged() -> None:
    """A mistake in a rule must not cost an event: it waits in the outbox, recovery takes it from there, and the log has the fault."""
    endpoint = Endpoint(rule=Everything(ZeroDivisionError("in a rule")))
    sender = Sender(_body())

    endpoint.post(sender)

    (kept,) = endpoint.memory.state.events.values()
    assert sender.status == 202
    assert kept.stored.event.status is Status.RECEIVED
    assert endpoint.memory.standing() == []
    assert endpoint.log.texts("error") == ["routing transactions:evt_1 failed; it is stored and will be tried again"]


class Broken:
    """A verifier with a bug."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- the Verifier protocol's shape
        """Fail in a way that nobody foresaw."""
        raise KeyError("/etc/hookline/internal")


def test_a_fault_that_nobody_foresaw_is_a_503_and_a_line_in_the_log() -> None:
    """Verification fails closed; the sender keeps the event and sends it again, and learns nothing about the inside of the server."""
    endpoint = Endpoint(source(verifier=Broken()))
    sender = Sender(_body())

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (503, "internal_fault")
    assert sender.headers["retry-after"] == "5"
    assert "/etc" not in json.dumps(sender.document)
    assert endpoint.stored == []
    assert endpoint.log.texts("error") == ["answering a request failed"]
    assert "/etc/hookline/internal" in str(endpoint.log.lines[0].fields["traceback"])


def test_a_secret_that_cannot_be_read_is_ours_and_not_the_senders_fault() -> None:
    """A 401 would make the sender give up; and nothing is accepted without verification."""
    endpoint = Endpoint(source(secret_names=("GONE",)))
    sender = Sender(_body())

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (503, "secrets_unavailable")
    assert "GONE" not in json.dumps(sender.document)
    assert endpoint.stored == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (UnavailableError("storage_unavailable", "SQLite: the disk is full"), "storage_unavailable"),
        (ZeroDivisionError("a bug"), "internal_fault"),
    ],
)
def test_a_storage_that_fails_is_a_503_that_names_the_event(endpoint: Endpoint, fault: Exception, code: str) -> None:
    """Both the sender's operator and ours can name the event by its id."""
    endpoint.store = FailingStore(fault)
    sender = Sender(_body())

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (503, code)
    assert sender.document["event_id"] == "transactions:evt_1"
    assert "SQLite" not in json.dumps(sender.document)


def test_no_answer_leaves_before_the_event_is_durable(endpoint: Endpoint) -> None:
    """Promise 1, as ASGI sees it."""
    sender = Sender(_body())

    async def main(_: MovingLoop) -> None:
        batch = endpoint.store.stage([routed(event("other"), "payments")])
        assert batch is not None
        task = asyncio.ensure_future(endpoint.call(sender))
        await settled()
        await asyncio.sleep(0.05)
        early = sender.status
        batch.commit()
        await until(task.done)
        assert early is None

    endpoint.run(main)

    assert sender.status == 202


def test_no_success_is_answered_after_the_deadline(endpoint: Endpoint) -> None:
    """A process on a paused machine may commit only after the sender was due a 503."""
    disk = _HangingDisk()
    endpoint.store = disk.over(endpoint.store)
    late, again = Sender(_body()), Sender(_body())

    async def main(loop: MovingLoop) -> None:
        task = asyncio.ensure_future(endpoint.call(late))
        await settled()
        disk.answers.set()
        disk.committed.wait(10)
        loop.pause(11)
        await task
        await endpoint.call(again)

    endpoint.run(main)

    assert (late.status, late.document["code"]) == (503, "deadline_reached")
    assert again.status == 200


def test_the_deadline_counts_from_the_arrival_of_the_whole_body(endpoint: Endpoint) -> None:
    """The protocol reports when the body was complete: the deadline includes the loop's delay since then."""

    async def main(loop: MovingLoop) -> None:
        sender = Sender(_body())
        sender.scope["hookline.arrived"] = loop.time() - 10.5
        await endpoint.call(sender)
        assert (sender.status, sender.document["code"]) == (503, "deadline_reached")

    endpoint.run(main)

    assert endpoint.stored == []


def test_the_log_has_one_line_for_each_request(endpoint: Endpoint) -> None:
    """The outcome and the id allow an operator to answer a sender's question."""
    senders = [Sender(_body("a")), Sender(_body("a")), Sender(b"{"), Sender(_body("a", 5))]

    async def main(_: MovingLoop) -> None:
        for sender in senders:
            await endpoint.call(sender)

    endpoint.run(main)

    assert endpoint.log.requests == [
        (202, "accepted", "transactions:a"),
        (200, "duplicate", "transactions:a"),
        (400, "body_not_json", None),
        (409, "delivery_conflict", "transactions:a"),
    ]


# whatever comes

SENDERS = st.builds(
    lambda parts, then, scope: Sender(*parts, then=then, **scope),
    st.lists(
        st.sampled_from([_body("a"), _body("b"), b"", b"{", b"x" * 600, b" " * 4000, b"\xff"]), min_size=1, max_size=4
    ),
    st.sampled_from(["end", "end", "gone", "silence", "more"]),
    st.fixed_dictionaries(
        {},
        optional={
            "path": st.sampled_from(["/webhook", "/nowhere", ""]),
            "method": st.sampled_from(["POST", "GET", "HEAD", "", "\x00"]),
            "query_string": st.binary(max_size=9),
            "client": st.sampled_from([None, ("192.0.2.1", 1)]),
            "headers": st.lists(
                st.tuples(
                    st.sampled_from([b"content-type", b"content-length", b"expect", b"x"]),
                    st.sampled_from(
                        [b"application/json", b"text/plain", b"100-continue", b"17", b"99999", b"", b"\xff"]
                    ),
                ),
                max_size=4,
            ),
        },
    ),
)


@settings(max_examples=examples(150), deadline=None)
@given(senders=st.lists(SENDERS, min_size=1, max_size=6), broken_rule=st.booleans(), broken_store=st.booleans())
def test_whatever_is_sent_everybody_is_answered_and_no_room_is_lost(
    senders: list[Sender],
    broken_rule: bool,  # noqa: FBT001 -- drawn by hypothesis
    broken_store: bool,  # noqa: FBT001 -- drawn by hypothesis
) -> None:
    """Each request has one answer or a sender that has gone; afterwards the gate is empty, and nothing was stored without a 2xx."""
    endpoint = Endpoint(rule=Everything(ZeroDivisionError() if broken_rule else None))
    if broken_store:
        endpoint.store = FailingStore(UnavailableError("storage_unavailable", "full"))

    async def main(loop: MovingLoop) -> None:
        tasks = [asyncio.ensure_future(endpoint.call(sender)) for sender in senders]
        await loop.advance(3)
        for task, sender in zip(tasks, senders, strict=True):
            if sender.then in ("silence", "more") and not task.done():
                task.cancel()  # the read deadline ends such a sender
        await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() or task.exception() is None for task in tasks)

    endpoint.run(main)

    statuses = {sender.status for sender in senders if sender.sent}
    assert statuses <= {200, 202, 400, 404, 405, 408, 409, 413, 415, 503}
    assert all(len(sender.sent) in (0, 2) for sender in senders)
    acknowledged = {sender.document["event_id"] for sender in senders if sender.status in (200, 202)}
    assert acknowledged == set(endpoint.stored)


# what was refused


def test_a_request_that_was_read_whole_and_refused_is_passed_on_unchanged(endpoint: Endpoint) -> None:
    """An operator needs the exact bytes to find the cause, including the query and repeated headers."""
    headers = [JSON, (b"x-twice", b"1"), (b"x-twice", b"2")]
    sender = Sender(b"not ", b"JSON", headers=headers, query_string=b"a=%20")

    endpoint.post(sender)

    (kept,) = endpoint.rejected
    assert sender.status == 400
    assert (kept.source, kept.code) == ("transactions", "body_not_json")
    assert (kept.request.method, kept.request.path, kept.request.query) == ("POST", "/webhook", "a=%20")
    assert kept.request.body == b"not JSON"
    assert kept.request.headers.all("x-twice") == ("1", "2")


def test_a_request_that_can_be_read_in_two_ways_is_passed_on_with_a_warning() -> None:
    """The sender is proved and its event refused, so an operator must look at it."""
    known = source(max_body=MAX_BODY, reads=Reads(members=members_of([("id",)])))
    endpoint = Endpoint(known)
    sender = Sender(b'{"id": 1, "id": 2}')

    endpoint.post(sender)

    assert [rejected.code for rejected in endpoint.rejected] == ["body_ambiguous"]
    assert endpoint.log.texts("warning") == ["a verified request can be read in two ways: it was refused"]
    assert endpoint.stored == []


def test_what_is_accepted_or_never_read_is_not_passed_on(endpoint: Endpoint) -> None:
    """A request for an unknown path, or over the size limit, has no body that a person could look at."""
    over = Sender(b"{", b"}", headers=[JSON, (b"content-length", b"1073741824")])

    endpoint.post(Sender(_body()), Sender(_body(), path="/nobody"), over)

    assert over.status == 413
    assert endpoint.rejected == []


class Fetched:
    """Keys that are fetched, or cannot be."""

    def __init__(self, key: bytes | UnavailableError) -> None:
        self.key = key
        self.asked: list[KeyReference] = []
        self.answers = threading.Event()
        self.answers.set()

    def kept(self, reference: KeyReference) -> bytes | None:  # noqa: ARG002 -- the port's shape
        """None is at hand."""
        return None

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:  # noqa: ARG002 -- the port's shape
        """The key."""
        self.asked.append(reference)
        self.answers.wait(10)
        if isinstance(self.key, UnavailableError):
            raise self.key
        return self.key


def signed_by_paypal(**changes: Any) -> tuple[Endpoint, Fetched, Sender]:
    """A source of a sender whose key is fetched, and a call that it made."""
    call = next(one for one in VECTORS if one.name == "paypal-recorded")
    config = parse(
        '[sources.s]\nverify = { scheme = "paypal", secrets = ["S"], tolerance = "1d" }\n[queues.q]\n', base=Path()
    )
    request, _ = call.request()
    scheme: Any = config.schemes["s"]
    source = replace(config.sources[0], verifier=replace(scheme, tolerance=timedelta(days=36500)), **changes)
    keys = Fetched(str(call.document["key"]).encode())
    endpoint = Endpoint(source, secrets=LoadedSecrets({"S": call.secret.encode()}), keys=keys)
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    sender = Sender(request.body, path="/webhook/s", headers=[JSON, *headers])
    return endpoint, keys, sender


def test_a_senders_key_is_fetched_before_its_event_is_judged() -> None:
    """PayPal names its certificate in each call."""
    endpoint, keys, sender = signed_by_paypal()

    endpoint.post(sender)

    assert (sender.status, len(endpoint.stored)) == (200, 1)
    assert [reference.provider for reference in keys.asked] == ["paypal"]


def test_a_key_that_cannot_be_fetched_is_a_503_and_no_refusal() -> None:
    """A 401 would make the sender give up a true event."""
    endpoint, keys, sender = signed_by_paypal()
    keys.key = UnavailableError("keys_unavailable", "nobody there")

    endpoint.post(sender)

    assert (sender.status, endpoint.stored, endpoint.rejected) == (503, [], [])
    assert sender.headers["retry-after"]


def test_a_key_that_does_not_come_is_not_waited_for_beyond_the_deadline() -> None:
    """The deadline is the sender's, whatever its request waits for. What comes too late is not stored."""
    endpoint, keys, sender = signed_by_paypal()
    endpoint.deadline = 1.0
    keys.answers.clear()

    async def main(loop: MovingLoop) -> None:
        started = loop.time()
        task = asyncio.ensure_future(endpoint.call(sender))
        await until(lambda: bool(keys.asked))
        while not task.done():
            await loop.advance(0.25)
        assert loop.time() - started < 2
        keys.answers.set()

    endpoint.run(main)

    assert (sender.status, sender.document["code"]) == (503, "deadline_reached")
    assert endpoint.stored == []


def test_calls_whose_key_is_not_available_do_not_fill_the_log() -> None:
    """Anyone can send such calls: they are counted like all that prove nothing."""
    endpoint, keys, sender = signed_by_paypal(failed_rate_limit=1)
    keys.key = UnavailableError("keys_unavailable", "nobody there")
    senders = [Sender(b"{}", path="/webhook/s", headers=sender.scope["headers"]) for _ in range(20)]

    async def main(_: MovingLoop) -> None:
        for one in senders:
            await endpoint.call(one)

    endpoint.run(main)

    statuses = [one.status for one in senders]
    assert statuses[0] == 503
    assert set(statuses[1:]) <= {503, 429}
    assert statuses.count(429) >= 15
    assert len(endpoint.log.requests) == statuses.count(503)


def test_a_key_that_is_not_the_senders_is_never_asked_for() -> None:
    """Otherwise anyone could have hookline call any address."""
    endpoint, keys, sender = signed_by_paypal()
    headers = dict(sender.scope["headers"]) | {
        b"paypal-cert-url": b"https://api.paypal.com.example.net/v1/notifications/certs/a"
    }
    sender.scope["headers"] = list(headers.items())

    endpoint.post(sender)

    assert (sender.status, keys.asked) == (401, [])
    assert [one.code for one in endpoint.rejected] == ["signature_mismatch"]


@pytest.mark.parametrize(
    ("genuine", "status", "refused"), [(None, 503, []), ((), 401, ["signature_mismatch"])], ids=["no word", "no"]
)
def test_a_call_that_its_sender_does_not_confirm_is_not_taken(
    genuine: tuple[bytes, ...] | None, status: int, refused: list[str]
) -> None:
    """The signature fits, and PayPal says no, or nothing: neither may reach a queue, and only the first is refused permanently."""
    endpoint, _, sender = signed_by_paypal()
    endpoint.confirm_all(MemoryConfirmations(genuine))

    endpoint.post(sender)

    assert (sender.status, endpoint.stored) == (status, [])
    assert [one.code for one in endpoint.rejected] == refused
    assert len(endpoint.confirmations.asked) == 1


def test_another_body_under_a_known_id_is_a_warning() -> None:
    """No sender does that by mistake, and nothing else in this home reports it."""
    bodies = (b'{"id":"1","amount":1}', b'{"id":"1","amount":2}')
    endpoint = Endpoint()

    for body in bodies:
        endpoint.post(Sender(body))

    warnings = [line for line in endpoint.log.lines if line.level == "warning"]
    assert [line.text for line in warnings] == [
        "another body arrived with a known id or signature: it is stored separately"
    ]


def test_a_known_body_under_another_id_is_a_warning_and_accepted() -> None:
    """GitHub's id is in a header that is not signed."""
    text = '[sources.s]\nverify = { scheme = "github", secrets = ["S"] }\n[queues.payments]\n'
    config = parse(text, base=Path())
    secret = b"a-secret-of-some-length"
    body = b'{"ref": "refs/heads/main"}'
    signed = config.schemes["s"].sign(body, secret=secret, delivery_id="", at=datetime(2026, 1, 2, tzinfo=UTC))
    endpoint = Endpoint(config.sources[0], secrets=LoadedSecrets({"S": secret}))
    senders = [
        Sender(
            body,
            path="/webhook/s",
            headers=[JSON, (b"x-github-delivery", id_), (b"x-github-event", b"push"), *_bytes(signed)],
        )
        for id_ in (b"a", b"b")
    ]

    for sender in senders:
        endpoint.post(sender)

    assert [sender.status for sender in senders] == [202, 202]
    assert [line.text for line in endpoint.log.lines if line.level == "warning"] == [
        "a known body arrived with another id: it is stored, queued and marked"
    ]


def test_what_an_expired_event_leaves_is_refused_and_kept_in_the_quarantine() -> None:
    """There is no event any more to store the body with, so the answer must not say that it was kept."""
    text = '[sources.s]\nverify = { scheme = "hmac", secrets = ["S"], header = "X-Signature" }\nid = "id"\n[queues.payments]\n'
    config = parse(text, base=Path())
    secret = b"a-secret-of-some-length"
    endpoint = Endpoint(config.sources[0], secrets=LoadedSecrets({"S": secret}))

    def sent(body: bytes) -> Sender:
        signed = config.schemes["s"].sign(body, secret=secret, delivery_id="", at=datetime(2026, 1, 2, tzinfo=UTC))
        return Sender(body, path="/webhook/s", headers=[JSON, *_bytes(signed)])

    endpoint.post(sent(b'{"id":"1"}'))
    taken = MemoryQueues(endpoint.memory.state)
    taken.delete("payments", [one.receipt for one in taken.receive("payments")])
    endpoint.memory.clock.advance(timedelta(days=31))
    again, other = sent(b'{"id":"1"}'), sent(b'{"id":"1","amount":2}')

    endpoint.post(again)
    endpoint.post(other)

    assert (again.status, other.status) == (200, 409)
    assert other.document["code"] == "delivery_reused"
    assert [one.code for one in endpoint.rejected] == ["delivery_reused"]


def _bytes(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class Noted:
    """A verifier that notes which thread asks it."""

    def __init__(self) -> None:
        self.threads: list[str] = []

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- the Verifier protocol's shape
        """Take everything."""
        self.threads.append(threading.current_thread().name)
        return Verified()


@pytest.mark.parametrize(("size", "is_large"), [(100, False), (64 * 1024, False), (64 * 1024 + 1, True)])
def test_large_bodies_are_checked_outside_the_event_loop(size: int, is_large: bool) -> None:  # noqa: FBT001 -- pytest's shape
    """Hashing, parsing and validating them takes long, and all other requests would wait for it."""
    noted = Noted()
    endpoint = Endpoint(source(max_body=MIB, verifier=noted))
    endpoint.gate = Gate(max_requests=3, max_bytes=MIB)
    body = _body()
    sender = Sender(body + b" " * (size - len(body)))

    endpoint.post(sender)

    assert sender.status == 202
    assert [name.startswith("hookline-large-bodies") for name in noted.threads] == [is_large]


def test_a_large_body_that_is_refused_is_refused_as_any_other() -> None:
    """Another thread refuses it, and the answer must be the same."""
    endpoint = Endpoint(source(max_body=MIB))
    endpoint.gate = Gate(max_requests=3, max_bytes=MIB)
    sender = Sender(b"x" * 100_000)

    endpoint.post(sender)

    assert (sender.status, sender.document["code"]) == (400, "body_not_json")
    assert [one.code for one in endpoint.rejected] == ["body_not_json"]


class Reading(Noted):
    """A verifier that is as slow as a test sets it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.ends = threading.Event(), threading.Event()

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Take every call, in the end."""
        self.begun.set()
        assert self.ends.wait(10)
        return super().verify(request, secrets)


def test_the_time_for_reading_a_large_body_does_not_count_against_the_deadline() -> None:
    """Reading takes as long at each attempt, so a 503 would repeat until the event is lost."""
    reading = Reading()
    endpoint = Endpoint(source(max_body=MIB, verifier=reading))
    endpoint.gate = Gate(max_requests=3, max_bytes=MIB)
    sender = Sender(_body() + b" " * 100_000)

    async def main(loop: MovingLoop) -> None:
        call = asyncio.create_task(endpoint.call(sender))
        await asyncio.to_thread(reading.begun.wait, 10)
        await settled()
        await loop.advance(3 * endpoint.deadline)
        reading.ends.set()
        await call

    endpoint.run(main)

    assert sender.status == 202


def test_a_large_body_that_waits_too_long_for_its_turn_is_503() -> None:
    """A wait behind others is no read: the next attempt may find a free thread immediately."""
    readings = [Reading() for _ in range(2)]
    sources = [source(name=f"s{n}", path=f"/{n}", max_body=MIB, verifier=one) for n, one in enumerate(readings)]
    endpoint = Endpoint(*sources, source(max_body=MIB))
    endpoint.gate = Gate(max_requests=3, max_bytes=MIB)
    body = _body() + b" " * 100_000
    first, waiting = [Sender(body, path=f"/{n}") for n in range(2)], Sender(body)

    async def main(loop: MovingLoop) -> None:
        calls = [asyncio.create_task(endpoint.call(sender)) for sender in first]
        for reading in readings:
            await asyncio.to_thread(reading.begun.wait, 10)
        late = asyncio.create_task(endpoint.call(waiting))
        await settled()
        await loop.advance(3 * endpoint.deadline)
        await late
        for reading in readings:
            reading.ends.set()
        await asyncio.gather(*calls)

    endpoint.run(main)

    assert (waiting.status, waiting.document["code"]) == (503, "deadline_reached")
    assert [sender.status for sender in first] == [202, 202]
