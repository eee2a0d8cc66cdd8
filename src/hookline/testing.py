"""For your own tests: requests signed as the real sender signs them, and a whole hookline in memory.

>>> import json
>>> from pathlib import Path
>>> from hookline.config import parse
>>> config = parse('''
... [sources.shop]
... verify = { scheme = "standard-webhooks", secrets = ["SHOP_SECRET"] }
... id = "order_id"
... type = "kind"
...
... [queues.orders]
...
... [[routes]]
... match = { type = ["order"] }
... queues = ["orders"]
... ''', base=Path())
>>> home = MemoryHome(config, {"SHOP_SECRET": b"whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"})

``send`` signs a body and posts it; an accepted event is on its queue afterwards:

>>> answer = home.send("shop", b'{"order_id": "A-1", "kind": "order", "total": "12.50"}')
>>> answer.status, answer.outcome, answer.event_id
(202, 'accepted', 'shop:A-1')
>>> json.loads(home.queues.peek("orders")[0].body)["data"]["total"]
'12.50'

``post`` takes any request, valid or not. This one was signed ten minutes ago:

>>> from dataclasses import replace
>>> from datetime import timedelta
>>> late = home.request("shop", b'{"order_id": "A-2", "kind": "order"}')
>>> home.clock.advance(timedelta(minutes=10))
>>> home.post(replace(late, received_at=home.clock.now())).outcome
'timestamp_outside_tolerance'
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.confirmations import MemoryConfirmations
from hookline.adapters.memory.event_store import MemoryEventStore
from hookline.adapters.memory.fetches import MemoryFetches
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.memory.keys import MemoryKeys
from hookline.adapters.memory.outbox import MemoryOutbox
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.state import MemoryState
from hookline.adapters.memory.url_fetcher import MemoryUrlFetcher
from hookline.domain.handshake import Reply
from hookline.errors import ConfigError, NotFoundError, Rejected, UnavailableError
from hookline.pipeline.complete import Completed, Completer, Later, Unproved, chains_of
from hookline.pipeline.handshake import HandshakeEffects
from hookline.pipeline.public_keys import with_key
from hookline.pipeline.receive import NO_LIMITS, Call, Endpoint, PublicKey, Slow, receive, run
from hookline.pipeline.route import router_of
from hookline.providers import signing
from hookline.providers.signing import NO_HEADERS
from hookline.record import record
from hookline.runtimes.answers import answer_to, handshake_answer, problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.config import Config
    from hookline.domain.event import Event, Outcome
    from hookline.domain.request import Request
    from hookline.domain.source import Source
    from hookline.pipeline.receive import Need
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.fetches import Fetches
    from hookline.ports.keys import Keys
    from hookline.providers.scheme import Scheme

__all__ = ["Answer", "MemoryHome", "signed_request"]

_ADDRESS = "127.0.0.1"  # where calls come from
_MOST_RECORDS = 1000


def signed_request(
    source: Source,
    scheme: Scheme,
    secret: bytes,
    body: bytes,
    *,
    delivery_id: str | None = None,
    at: datetime | None = None,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Request:
    """Sign as ``hookline.providers.signing.signed_request`` does; the defaults are a new delivery id and the current time."""
    return signing.signed_request(
        source,
        scheme,
        secret,
        body,
        delivery_id=delivery_id or f"msg_{uuid4().hex}",
        at=at or datetime.now(UTC),
        headers=headers,
    )


@record
class Answer:
    """The answer to the sender.

    ``outcome`` is ``accepted``, ``repeated`` (accepted, with a known body under another id), ``duplicate``, ``conflict``, ``handshake``
    or an error's code.
    """

    status: int
    outcome: str
    event_id: str | None
    body: bytes
    headers: Mapping[str, str]


class MemoryHome:
    """A whole system in this process's memory: it accepts, routes and queues as a server does, without one.

    There is no network, so limits of rate, time and concurrent requests do not apply. ``clock`` does not move
    until a test advances it; it begins at ``start`` (with a time zone), or now.
    """

    def __init__(
        self,
        config: Config,
        secrets: Mapping[str, bytes],
        *,
        start: datetime | None = None,
        keys: Keys | None = None,
        confirmations: Confirmations | None = None,
        fetches: Fetches | None = None,
    ) -> None:
        """Raises ConfigError when a secret is missing or unusable, as a server does at its start.

        ``keys`` has the public keys of senders whose keys are fetched; the default has none. ``confirmations``
        answers for senders that hookline asks to confirm a call; by default no one answers. ``fetches`` answers for the APIs that
        records are completed from (``complete_records``).
        """
        if complaints := config.secret_complaints(secrets):
            raise ConfigError(complaints)
        self.clock = MemoryClock(start or datetime.now(UTC))
        state = MemoryState(self.clock, config.queues, config.retention)
        self.events = MemoryEventStore(state)
        self.outbox = MemoryOutbox(state)
        self.queues = MemoryQueues(state)
        self._store = MemoryRoutedStore(state)
        self._config = config
        self._secrets = LoadedSecrets(secrets, may_be_missing=config.learned_names)
        self.handshake_secrets = MemoryHandshakeSecrets(self.clock, on_kept=self._secrets.learn)
        self.url_fetcher = MemoryUrlFetcher()
        self._keys = keys or MemoryKeys({})
        self._endpoint = Endpoint.of(
            config.sources,
            lambda _: self._secrets.read,
            effects=HandshakeEffects(handshake_secrets=self.handshake_secrets, url_fetcher=self.url_fetcher),
            confirmations=confirmations or MemoryConfirmations(),
            proxies=config.server.proxies,
        )
        self._router = router_of(config)
        sources = {source.name: source for source in config.sources}
        self._completer = Completer(
            sources=lambda: sources, fetches=fetches or MemoryFetches(), read=self._secrets.read
        )

    def request(
        self, source: str, body: bytes, *, delivery_id: str | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Request:
        """A request to the source of this name, signed with its first secret at the clock's time. Raises NotFoundError."""
        found = self._source(source)
        secrets = self._secrets.read(found.secret_names[:1])
        secret = secrets[0].value if secrets else b""
        scheme = self._config.schemes[source]
        return signed_request(
            found, scheme, secret, body, delivery_id=delivery_id, at=self.clock.now(), headers=headers
        )

    def send(
        self, source: str, body: bytes, *, delivery_id: str | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        """Sign ``body`` as ``request`` does, and post it."""
        return self.post(self.request(source, body, delivery_id=delivery_id, headers=headers))

    def post(self, request: Request, *, address: str = _ADDRESS) -> Answer:
        """The answer to ``request``, whose connection comes from ``address``; after a 2xx its event is stored and on its queues."""
        call = Call(request=request, address=address)
        try:
            found = run(receive(call, self._endpoint, NO_LIMITS), lambda need: self._met(need, request))
            assert call.source is not None  # noqa: S101 -- found, or the sequence has raised
            answered = (
                handshake_answer(found)
                if isinstance(found, Reply)
                else answer_to(self._stored(found), found.id, call.source)
            )
        except (Rejected, UnavailableError) as error:
            answered = problem(error, source=call.source)
        return Answer(
            status=answered.status,
            outcome=answered.outcome,
            event_id=call.event_id,
            body=answered.body,
            headers={name.decode(): value.decode("latin-1") for name, value in answered.headers},
        )

    def complete_records(self) -> int:
        """Fetch the records of the events that are due, as a server does all the time; return how many events were completed."""
        completed = 0
        for chain in chains_of(self.outbox.awaiting(due_at=self.clock.steady(), limit=_MOST_RECORDS)):
            for stored, step in zip(chain, self._completer.steps(chain, self.clock.steady), strict=True):
                if isinstance(step, Later):
                    self.outbox.postpone(stored, until=step.until, reason=step.reason)
                elif isinstance(step, Unproved):
                    self.outbox.fail(stored.event.id, reason=step.reason)
                else:
                    routed = self._router.at_last.route_stored(replace(stored, event=step.event))
                    self.outbox.deliver([routed])
                    completed += isinstance(step, Completed)
        return completed

    def _met(self, need: Need, request: Request) -> object:
        if isinstance(need, PublicKey):
            return with_key(need.source, request, self._keys)
        assert isinstance(need, Slow)  # noqa: S101 -- requests come whole
        return need.work()

    def _stored(self, event: Event) -> Outcome:
        batch = self._store.stage([self._router.route(event)])
        assert batch is not None  # noqa: S101 -- stage waits or raises
        batch.commit()
        return batch.outcomes[0]

    def _source(self, name: str) -> Source:
        for source in self._config.sources:
            if source.name == name:
                return source
        known = ", ".join(source.name for source in self._config.sources)
        raise NotFoundError(f"there is no source {name!r}; there are {known}")
