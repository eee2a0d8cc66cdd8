"""The webhook endpoint, as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries of whatever

from hookline.domain.event import Outcome
from hookline.domain.handshake import Caller, Reply
from hookline.domain.quarantine import QUARANTINED, RejectedRequest
from hookline.domain.request import Headers, Request
from hookline.domain.route import RoutedEvent
from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.ambiguous import AMBIGUOUS
from hookline.pipeline.confirm import confirm
from hookline.pipeline.handshake import answer_handshake
from hookline.pipeline.receive import accept, check_head, check_size, find_source
from hookline.runtimes.answers import answer_to, handshake_answer, problem
from hookline.runtimes.embedded.exchange import ARRIVED
from hookline.runtimes.embedded.failed_calls import proves_nothing
from hookline.runtimes.embedded.request_log import RequestLog
from hookline.runtimes.embedded.small_pool import SmallPool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Event
    from hookline.domain.source import Source
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.secrets import Secrets
    from hookline.runtimes.answers import Answer
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.committer import Committer
    from hookline.runtimes.embedded.failed_calls import FailedCalls
    from hookline.runtimes.embedded.gate import Gate, RateLimits
    from hookline.runtimes.embedded.key_desk import KeyDesk
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.unfinished import UnfinishedBodies, UnfinishedBody

__all__ = ["Ingest"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_DRAINED = 8 * 1024 * 1024
"""Bytes of a refused body that are read and forgotten before the answer, because most senders read only after they have sent."""

_DRAIN_SECONDS = 2.0

_LARGE = 64 * 1024
"""Bytes of a body. Judging more takes milliseconds, or much longer where somebody means it to: others are answered meanwhile."""

_MOST_LARGE = 256
"""Large bodies that are judged or wait for it. Each holds a place in flight, of which there are more."""

_TO_LOOK_AT: Mapping[Outcome, str] = {
    Outcome.CONFLICT: "another body came under a known id or signature: it is kept aside",
    Outcome.REUSED: "another body came under the id or signature of an event that has expired: it is refused",
    Outcome.REPEATED: "a known body came under another id: it is stored, queued and marked",
}

_OPEN = "none"
"""The scheme of a source that takes calls from anyone."""

_UNJUDGED = frozenset(
    {"method_not_allowed", "unsupported_media_type", "unsupported_content_encoding", "body_too_large"}
)
"""Refusals that come before the signature is looked at."""

_LONGEST_LENGTH = 18  # digits of a Content-Length that are looked at: more than any limit has


class _SenderGone(Exception):  # noqa: N818 -- nobody is left to be told
    """The connection ended before the body did."""


class _Call:
    """What is known of one request while it is answered, and what the log tells of it."""

    __slots__ = ("event_id", "held", "inside", "is_known", "is_logged", "sender", "source", "started", "unread")

    def __init__(self) -> None:
        self.started = perf_counter()
        self.source: str | None = None
        self.sender: Source | None = None
        self.event_id: str | None = None
        self.held = 0
        self.inside = False
        self.unread = True
        self.is_logged = True
        self.is_known = False


class Ingest:
    """Reads a request, has it accepted and routed, waits until it is durable, and answers. No fault gets past it."""

    def __init__(  # noqa: PLR0913 -- all that one request needs, each given by its name
        self,
        *,
        current: ActiveConfig,
        committer: Committer,
        gate: Gate,
        unfinished: UnfinishedBodies,
        rates: RateLimits,
        failed: FailedCalls,
        log: Log,
        on_rejected: Callable[[RejectedRequest], None],
        desk: KeyDesk,
        confirmations: Confirmations,
    ) -> None:
        """``on_rejected`` gets what was refused after it was read, unless too much fails verification; it must neither wait nor raise."""
        self._current = current
        self._committer = committer
        self._gate = gate
        self._unfinished = unfinished
        self._rates = rates
        self._failed = failed
        self._log = log
        self._lines = RequestLog(log)
        self._on_rejected = on_rejected
        self._desk = desk
        self._confirmations = confirmations
        self._handshakes = SmallPool("handshakes", threads=2, most=32)
        self._large = SmallPool("large-bodies", threads=2, most=_MOST_LARGE)
        self._askers = SmallPool("confirmations", threads=4, most=64)

    def close(self) -> None:
        """Begin nothing more on threads."""
        self._lines.report()
        self._desk.close()
        self._handshakes.close()
        self._large.close()
        self._askers.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        call = _Call()
        try:
            try:
                answer = await self._answer(scope, receive, call)
            finally:
                if call.inside:
                    self._gate.leave(call.held)
        except (Rejected, UnavailableError) as error:
            answer = problem(error, event_id=call.event_id, source=call.sender)
        except _SenderGone:
            self._lines.request(scope, call, 499, "sender_gone")
            return
        except Exception as fault:  # noqa: BLE001 -- the last line of defence: a sender gets 503, the operator a traceback
            self._lines.fault("answering a request failed", fault)
            answer = problem(UnavailableError("internal_fault", repr(fault)))
        if call.unread:
            await _drain(scope, receive)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})
        if call.is_logged:
            self._lines.request(scope, call, answer.status, answer.outcome)

    async def _answer(self, scope: Scope, receive: Receive, call: _Call) -> Answer:
        loaded = self._current.loaded  # until the answer, whatever is reloaded meanwhile
        source = find_source(scope["path"], loaded.sources)
        call.sender, call.source = source, source.name
        received_at = datetime.now(UTC)
        headers = Headers.of_lower_case(scope["headers"])
        if headers.get("expect") is not None:  # the first receive would say 100 Continue
            _check_head(_request(scope, headers, b"", received_at), source)
        body = self._part(await receive(), call)
        if call.unread:
            body = await self._rest(_request(scope, headers, body, received_at), receive, source, call)
        arrived = scope.get(ARRIVED) or asyncio.get_running_loop().time()
        self._gate.enter(len(body))
        call.inside = True
        request = _request(scope, headers, body, received_at)
        address = scope["client"][0] if scope["client"] else ""
        is_expensive = self._failed.is_expensive(source, len(body))
        if is_expensive and not self._failed.may_verify(source, address):
            raise _too_many_failed(call)
        try:
            if source.name in loaded.keyed and request.method == "POST":
                keyed = self._desk.with_key(source, request, loaded.secrets.read, address)
                source = await self._with_key(keyed, source, call, arrived)
            event, arrived = await self._judge(request, source, loaded.secrets, arrived)
            if isinstance(event, Reply):
                settle = partial(loaded.effects.apply, event, source, Caller.of(request, address))
                return await self._greeted(event, source, settle)
            if source.confirmation is not None:
                asked = self._askers.run(confirm, request, source, event, loaded.secrets.read, self._confirmations)
                await self._committer.in_time(asked, arrived=arrived)
        except Rejected as refusal:
            self._refuse(request, source, refusal, address, call)
            raise
        call.is_known = source.scheme != _OPEN
        if is_expensive:
            self._failed.verified(source, address)
        self._rates.check(source)
        call.event_id, call.is_known = event.id, True
        outcome = await self._committer.submit(self._route(event), arrived=arrived)
        self._committer.check_time(arrived)
        if outcome is not Outcome.NEW:
            self._look_at(outcome, event, request)
        return answer_to(outcome, event.id, source)

    async def _with_key(self, keyed: Awaitable[Source], source: Source, call: _Call, arrived: float) -> Source:
        """The source with its key. A call whose key cannot be had has proved nothing, and its line of the log is bounded as well."""
        try:
            return await self._committer.in_time(keyed, arrived=arrived)
        except UnavailableError as fault:
            if fault.code == "keys_unavailable" and not self._failed.counted(source):
                raise _too_many_failed(call) from None
            raise

    async def _judge(
        self, request: Request, source: Source, secrets: Secrets, arrived: float
    ) -> tuple[Event | Reply, float]:
        """The event, or the answer to a handshake, that the request proves to be, and ``arrived`` plus the time for reading a large body.

        That time does not count against the deadline: it is the same at each attempt, so the event would be refused at each of them.
        Raises Rejected.
        """
        if len(request.body) <= _LARGE:
            return _judged(request, source, secrets), arrived
        loop, begun = asyncio.get_running_loop(), asyncio.Event()

        def judge() -> Event | Reply:
            loop.call_soon_threadsafe(begun.set)
            return _judged(request, source, secrets)

        judging = self._large.begin(judge)
        await self._committer.in_time(begun.wait(), arrived=arrived)
        started = loop.time()
        judged = await asyncio.shield(judging)
        return judged, arrived + loop.time() - started

    def _refuse(self, request: Request, source: Source, refusal: Rejected, address: str, call: _Call) -> None:
        """Spend what a refused call has to spend, and keep it. Raises another refusal when nothing was left."""
        if proves_nothing(refusal) and not self._failed.failed(source, len(request.body), address):
            raise _too_many_failed(call)
        call.is_known = not (source.scheme == _OPEN or refusal.code in _UNJUDGED)
        if refusal.code == "handshake_refused" and request.method == "POST":
            self._log.say(
                "warning",
                "a secret came and was not kept: the source is not armed, or not for this caller",
                source=source.name,
            )
        if refusal.code == AMBIGUOUS:
            self._log.say("warning", "a verified request can be read in two ways: it was refused", source=source.name)
        if refusal.code not in QUARANTINED or request.method != "POST":  # a query may hold the operator's own token
            return
        self._on_rejected(RejectedRequest(source=source.name, code=refusal.code, request=request))
        if not proves_nothing(refusal):
            self._rates.check(source)

    def _look_at(self, outcome: Outcome, event: Event, request: Request) -> None:
        """Report what nobody does by mistake to the operator, and keep what the store could not."""
        if outcome not in _TO_LOOK_AT:
            return
        self._log.say("warning", _TO_LOOK_AT[outcome], source=event.source, event_id=event.id)
        if outcome is Outcome.REUSED:
            self._on_rejected(RejectedRequest(source=event.source, code="delivery_reused", request=request))

    async def _greeted(self, reply: Reply, source: Source, settle: Callable[[], str | None]) -> Answer:
        """The answer to a handshake, once done what it asks for: that may take a while, and others are answered meanwhile."""
        if reply.secret is not None or reply.fetch_url is not None:
            name = await self._handshakes.run(settle)
            self._log.say("info", "a handshake was settled", source=source.name, secret=name)
        return handshake_answer(reply)

    def _route(self, event: Event) -> RoutedEvent:
        """Where the event goes. When routing itself fails it is stored all the same, and recovery takes it from there."""
        try:
            return self._current.route(event)
        except Exception as fault:  # noqa: BLE001 -- an accepted event is never lost to a fault in a rule
            self._log.fault(f"routing {event.id} failed; it is stored and will be tried again", fault)
            return RoutedEvent(event=event, queues=(), status=event.status)

    async def _rest(self, begun: Request, receive: Receive, source: Source, call: _Call) -> bytes:
        """The whole body, when it did not come with the head."""
        _check_head(begun, source)
        with self._unfinished.begin() as arriving:
            arriving.add(begun.body)
            while call.unread:
                check_size(call.held, source)
                arriving.add(self._part(await self._more(arriving, receive, call), call))
            return arriving.whole()

    async def _more(self, arriving: UnfinishedBody, receive: Receive, call: _Call) -> MutableMapping[str, Any]:
        """What comes next. A dropped body is not read to its end: the answer closes the connection."""
        try:
            return await arriving.next_message(receive)
        except Rejected:
            call.unread = False
            raise

    def _part(self, message: MutableMapping[str, Any], call: _Call) -> bytes:
        """A part of the body."""
        if message["type"] != "http.request":
            raise _SenderGone
        part: bytes = message["body"]
        call.unread = message["more_body"]
        call.held += len(part)
        return part


def _too_many_failed(call: _Call) -> Rejected:
    """The refusal for which a bucket of failed calls is empty; it gets no line of its own in the log."""
    call.is_logged = False
    return Rejected("too_many_requests", "too many calls to this source have failed verification")


def _judged(request: Request, source: Source, secrets: Secrets) -> Event | Reply:
    reply = answer_handshake(request, source, secrets.read) if source.handshakes else None
    return reply or accept(request, source, secrets.read(source.secret_names))


def _request(scope: Scope, headers: Headers, body: bytes, received_at: datetime) -> Request:
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        received_at=received_at,
    )


def _check_head(request: Request, source: Source) -> None:
    """Refuse at once what its head alone says is wrong."""
    check_head(request, source)
    announced = request.headers.get("content-length")
    if announced is not None and announced.isascii() and announced.isdigit():
        digits = announced.lstrip("0")[:_LONGEST_LENGTH] or "0"
        check_size(int(digits), source)


async def _drain(scope: Scope, receive: Receive) -> None:
    """Read a refused body to its end, within bounds, so that the sender comes to read the answer.

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
