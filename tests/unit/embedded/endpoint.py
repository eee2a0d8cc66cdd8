"""The webhook endpoint over memory adapters and a clock that tests move."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # Any: the ASGI specification's messages are dictionaries with any values

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.confirmations import MemoryConfirmations
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.memory.keys import MemoryKeys
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.url_fetcher import MemoryUrlFetcher
from hookline.config import Config
from hookline.domain.route import Route
from hookline.domain.source import Confirmation
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
from hookline.runtimes.embedded.unfinished import UnfinishedBodies
from unit.embedded.fakes import LogBook, Memory, run, source

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from hookline.domain.quarantine import RejectedRequest
    from hookline.domain.route import RoutedEvent
    from hookline.domain.source import Source
    from hookline.ports.keys import KeptKeys
    from unit.embedded.fakes import MovingLoop, Sender

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


class HangingDisk:
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


def body_of(name: str = "evt_1", size: int = 0) -> bytes:
    """The body of an event with this id, and at least ``size`` bytes."""
    return json.dumps({"id": name, "padding": "x" * size}).encode()


def parts_of(body: bytes, size: int) -> list[bytes]:
    """The body in parts of ``size`` bytes."""
    return [body[start : start + size] for start in range(0, len(body), size)]


def as_bytes(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """The headers as an ASGI server passes them on."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
