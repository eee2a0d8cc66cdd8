"""The webhook endpoint, as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any  # Any: ASGI messages are dictionaries with values of any type

from hookline.domain.event import Outcome, Status
from hookline.domain.handshake import Reply
from hookline.domain.request import Headers, new_request
from hookline.domain.route import RoutedEvent
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline import receive as pipeline
from hookline.pipeline.receive import Call, PublicKey, RestOfBody, SlowWork, check_size
from hookline.record import maker
from hookline.runtimes.answers import answer_to, handshake_answer, problem
from hookline.runtimes.embedded.answer_counts import AnswerCounts
from hookline.runtimes.embedded.bare_health import HEALTH
from hookline.runtimes.embedded.exchange import ANSWER, ARRIVED, BODY
from hookline.runtimes.embedded.reading import HEADERS
from hookline.runtimes.embedded.request_log import RequestLog
from hookline.runtimes.embedded.small_pool import SmallPool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Event
    from hookline.domain.source import Source
    from hookline.pipeline.receive import Need, Steps
    from hookline.runtimes.answers import Answer
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.bare_health import BareHealth
    from hookline.runtimes.embedded.call_limits import CallLimits
    from hookline.runtimes.embedded.committer import Committer
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.public_key_fetcher import PublicKeyFetcher
    from hookline.runtimes.embedded.unfinished import UnfinishedBodies, UnfinishedBody

__all__ = ["Ingest"]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_DRAINED = 8 * 1024 * 1024
"""Bytes of a refused body that are read and discarded before the answer, because most senders read only after sending."""

_DRAIN_SECONDS = 2.0

_MOST_LARGE = 256
"""Large bodies that are verified or wait for it. Each counts as one request in flight, of which more are allowed."""

_TO_LOOK_AT: Mapping[Outcome, str] = {
    Outcome.CONFLICT: "another body arrived with a known id or signature: it is stored separately",
    Outcome.REUSED: "another body arrived with the id or signature of an expired event: it is refused",
    Outcome.REPEATED: "a known body arrived with another id: it is stored, queued and marked",
}


_new_call = maker(Call)


class _SenderGone(Exception):  # noqa: N818 -- there is no sender to answer
    """The connection ended before the body did."""


class Ingest:
    """Reads a request, accepts and routes it, waits until it is durable, and answers. It catches every fault."""

    def __init__(
        self,
        *,
        current: ActiveConfig,
        committer: Committer,
        limits: CallLimits,
        unfinished: UnfinishedBodies,
        log: Log,
        key_fetcher: PublicKeyFetcher,
        counts: AnswerCounts | None = None,
        bare_health: BareHealth | None = None,
    ) -> None:
        """``bare_health`` answers health checks on paths that no source uses."""
        self._bare_health = bare_health
        self._current = current
        self.counts = AnswerCounts() if counts is None else counts
        self._committer = committer
        self._limits = limits
        self._unfinished = unfinished
        self._log = log
        self._requests = RequestLog(log)
        self._key_fetcher = key_fetcher
        self._pools = {
            SlowWork.HANDSHAKE: SmallPool("handshakes", threads=2, most=32),
            SlowWork.LARGE_BODY: SmallPool("large-bodies", threads=2, most=_MOST_LARGE),
            SlowWork.CONFIRMATION: SmallPool("confirmations", threads=4, most=64),
        }

    def close(self) -> None:
        """Start no further work on threads."""
        self._requests.report()
        self._key_fetcher.close()
        for pool in self._pools.values():
            pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        call = _call(scope)
        try:
            try:
                answer = await self._answer(call, scope, receive)
            finally:
                if call.has_place:
                    self._limits.leave(call)
        except (Rejected, UnavailableError) as error:
            healthy = self._answer_without_source(call) if call.source is None else None
            answer = healthy or problem(error, event_id=call.event_id, source=call.source)
        except _SenderGone:
            self._requests.request(scope, call, 499, "sender_gone")
            self._count(call, 499, "sender_gone")
            return
        except Exception as fault:  # noqa: BLE001 -- the last line of defence: a sender gets 503, the operator a traceback
            self._requests.fault("answering a request failed", fault)
            answer = problem(UnavailableError("internal_fault", repr(fault)))
        if call.unread:
            await _drain(scope, receive)
        self._count(
            call, answer.status, answer.outcome
        )  # counted before it is sent, so that a client with the answer finds it in the metrics
        if (answer_whole := scope.pop(ANSWER, None)) is not None:
            answer_whole(answer.status, answer.headers, answer.body)
        else:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await send({"type": "http.response.body", "body": answer.body})
        if call.is_logged:
            lines = self._log if call.is_known else self._requests
            lines.request(scope, call, answer.status, answer.outcome)

    def _count(self, call: Call, status: int, outcome: str) -> None:
        source = call.source
        if source is None and outcome == HEALTH:
            return
        self.counts.add("" if source is None else source.name, status, outcome, perf_counter() - call.started)

    def _answer_without_source(self, call: Call) -> Answer | None:
        """The health answer on a path that no source uses; checked only then, so that it delays no webhook."""
        if self._bare_health is None:
            return None
        try:
            answer = self._bare_health.answer(call.request.method, call.request.path)
        except Rejected as error:
            return problem(error)
        if answer is not None:
            call.is_logged = False
        return answer

    async def _answer(self, call: Call, scope: Scope, receive: Receive) -> Answer:
        """Receive the call, wait until its event is durable, and return the answer."""
        endpoint = self._current.loaded.endpoint  # kept until the answer, even if a reload replaces it
        steps = pipeline.receive(call, endpoint, self._limits)
        try:
            need = next(steps)
        except StopIteration as end:  # most calls need nothing else
            found = end.value
        else:
            found = await self._found(steps, need, call, scope, receive)
        assert call.source is not None  # noqa: S101 -- found, or the sequence has raised
        if isinstance(found, Reply):
            if found.secret is not None or found.fetch_url is not None:
                self._log.say("info", "a handshake was completed", source=call.source.name, secret=call.secret)
            return handshake_answer(found)
        routed = self._route(found)
        outcome = await self._committer.submit(routed, arrived=call.arrived)
        if self._committer.time() > call.arrived + self._committer.deadline:  # too late to answer with success
            raise self._committer.too_late()
        if outcome is not Outcome.NEW:
            self._look_at(outcome, found, call)
        if outcome is Outcome.NEW or outcome is Outcome.REPEATED:
            self.counts.last_events[call.source.name] = call.request.received_at
            if routed.status is not Status.ROUTED:
                self.counts.look_at(routed)
        return answer_to(outcome, found.id, call.source)

    async def _found(self, steps: Steps, need: Need, call: Call, scope: Scope, receive: Receive) -> Event | Reply:
        """The result of the sequence, whose needs are met without blocking other requests; ``need`` is the first one."""
        try:
            while True:
                try:
                    met = await self._met(need, call, scope, receive)
                except Exception as fault:  # noqa: BLE001 -- the sequence decides what follows from it
                    need = steps.throw(fault)
                else:
                    need = steps.send(met)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # a generator's result

    async def _met(self, need: Need, call: Call, scope: Scope, receive: Receive) -> object:
        """Get what ``receive`` needs. This must end before the deadline for storing events; only a handshake has no deadline."""
        if isinstance(need, RestOfBody):
            return await self._body(need.source, call, scope, receive)
        if isinstance(need, PublicKey):
            return await self._keyed(need, call)
        if need.kind is SlowWork.LARGE_BODY:
            return await self._judged(need.work, call)
        running = self._pools[need.kind].run(need.work)
        if need.kind is SlowWork.HANDSHAKE:
            return await running
        return await self._committer.in_time(running, arrived=call.arrived)

    async def _judged(self, judge: Callable[[], object], call: Call) -> object:
        """The result of verifying a large body. Only the wait for a thread counts against the deadline.

        The time for verifying is the same at each attempt: if it counted, the event would be refused at each attempt.
        """
        loop, begun = asyncio.get_running_loop(), asyncio.Event()

        def work() -> object:
            loop.call_soon_threadsafe(begun.set)
            return judge()

        judging = self._pools[SlowWork.LARGE_BODY].begin(work)
        try:
            await self._committer.in_time(begun.wait(), arrived=call.arrived)
            started = loop.time()
            found = await asyncio.shield(judging)
        finally:
            del (
                judging
            )  # it refers to the refusal, whose traceback refers to this frame: such a cycle keeps the body in memory
        call.arrived += loop.time() - started
        return found

    async def _keyed(self, need: PublicKey, call: Call) -> Source:
        """The source with the key that the call names."""
        try:
            keyed = self._key_fetcher.with_key(need.source, call.request, need.read, call.address)
            return await self._committer.in_time(keyed, arrived=call.arrived)
        except UnavailableError as fault:
            self._limits.without_key(call, fault)
            raise

    async def _body(self, source: Source, call: Call, scope: Scope, receive: Receive) -> bytes:
        """The whole body, when it did not come with the head."""
        message = await receive()
        body = _part(message, call)
        if message["more_body"]:
            with self._unfinished.begin() as arriving:
                arriving.add(body)
                while message["more_body"]:
                    check_size(call.size, source)
                    message = await _more(arriving, receive, call)
                    arriving.add(_part(message, call))
                body = arriving.whole()
        call.arrived = scope.get(ARRIVED) or asyncio.get_running_loop().time()
        return body

    def _look_at(self, outcome: Outcome, event: Event, call: Call) -> None:
        """Log suspicious calls, and store a refused second body, which is not in the event store, in the quarantine."""
        if outcome not in _TO_LOOK_AT:
            return
        self._log.say("warning", _TO_LOOK_AT[outcome], source=event.source, event_id=event.id)
        if outcome is Outcome.REUSED:
            self._limits.keep(call, "delivery_reused")

    def _route(self, event: Event) -> RoutedEvent:
        """The event with its queues. When routing itself fails, the event is stored anyway, and recovery routes it later.

        While its source holds events, it has no queues yet.
        """
        if self._limits.paused and self._limits.holds(event.source):
            return RoutedEvent(event=replace(event, held=True), queues=(), status=event.status)
        try:
            return self._current.loaded.router.route(event)
        except Exception as fault:  # noqa: BLE001 -- an accepted event is never lost to a fault in a rule
            self._log.fault(f"routing {event.id} failed; it is stored and will be tried again", fault)
            return RoutedEvent(event=event, queues=(), status=event.status)


def _call(scope: Scope) -> Call:
    """The request, with its body if that came with the head."""
    body, headers = scope.get(BODY), scope.get(HEADERS)
    return _new_call(
        request=new_request(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=Headers.of_lower_case(scope["headers"]) if headers is None else headers,
            body=body or b"",
            received_at=datetime.now(UTC),
        ),
        address=scope["client"][0] if scope["client"] else "",
        started=perf_counter(),
        arrived=scope.get(ARRIVED, 0.0),
        size=len(body) if body else 0,
        unread=body is None,
    )


def _part(message: Message, call: Call) -> bytes:
    """A part of the body."""
    if message["type"] != "http.request":
        raise _SenderGone
    part: bytes = message["body"]
    call.unread = message["more_body"]
    call.size += len(part)
    return part


async def _more(arriving: UnfinishedBody, receive: Receive, call: Call) -> Message:
    """The next message. A dropped body is not read to its end: the answer closes the connection."""
    try:
        return await arriving.next_message(receive)
    except Rejected:
        call.unread = False
        raise


async def _drain(scope: Scope, receive: Receive) -> None:
    """Read a refused body to its end, up to a limit, so that the sender reads the answer.

    A sender that asked first (Expect: 100-continue, RFC 9110 section 10.1.1) waits for the answer and sends nothing.
    """
    if any(name == b"expect" for name, _ in scope["headers"]):
        return
    left = _DRAINED
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message["more_body"]:
                    return
                left -= len(message["body"])
