"""A configuration with every default filled in, in words that can be printed."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any  # Any: parsed TOML, which the configuration has already checked

from hookline.config.server import is_loopback
from hookline.config.units import duration_text
from hookline.domain.address import is_in
from hookline.domain.queue import UNROUTED
from hookline.pipeline.access.notes import access_notes
from hookline.pipeline.scheme_notes import scheme_notes
from hookline.providers import PROVIDERS
from hookline.providers.coverage import settled
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.config import Config
    from hookline.domain.access import AccessKey
    from hookline.domain.canary import Canary
    from hookline.domain.forward import Forward
    from hookline.domain.queue import Queue
    from hookline.domain.source import Source

__all__ = [
    "AccessShape",
    "CanaryShape",
    "ForwardShape",
    "QueueShape",
    "RouteShape",
    "SourceShape",
    "Topology",
    "topology",
]


_LOOPBACK = {"localhost": "127.0.0.1"}


@record
class SourceShape:
    """A source. ``id``, ``type`` and ``time`` are expressions; None: the type is ``webhook``, the time that of receipt.

    ``handshakes`` are the methods of its handshakes. ``answer`` is the status that the sender expects for success, None for hookline's own.
    """

    name: str
    path: str
    scheme: str
    secrets: tuple[str, ...]
    id: str
    type: str | None
    time: str | None
    schema: str | None
    on_conflict: str
    max_body: int
    media_types: tuple[str, ...]
    rate_limit: float | None
    failed_rate_limit: float
    max_age: str | None
    repeated_body: str | None
    remembered_for: str | None
    allow_from: tuple[str, ...] = ()
    handshakes: tuple[str, ...] = ()
    answer: int | None = None
    retention: str | None = None
    """How long its events are kept, if the source sets it."""


@record
class QueueShape:
    """A queue; durations as hookline.toml writes them. ``fifo_group`` is the expression of its groups, None for a standard queue."""

    name: str
    dead_letter_queue: str
    max_receives: int
    visibility_timeout: str
    retention: str
    dead_letter_retention: str
    fifo_group: str | None = None


@record
class RouteShape:
    """A route: the pattern as it was written, and the queues."""

    match: Mapping[str, Any]
    queues: tuple[str, ...]


@record
class AccessShape:
    """An access key: rights and queues by name."""

    id: str
    secret: str
    rights: tuple[str, ...]
    queues: tuple[str, ...]


@record
class ForwardShape:
    """A forward; durations as hookline.toml writes them. The URL is without its query, which may hold a token."""

    queue: str
    url: str
    secrets: tuple[str, ...]
    concurrency: int
    timeout: str
    min_backoff: str
    max_backoff: str
    breaker_failures: int
    breaker_pause: str
    allow_private: bool


@record
class CanaryShape:
    """How often an event of the canary is sent, and when it is late."""

    every: str
    late_after: str


@record
class Topology:
    """The whole configuration."""

    sources: tuple[SourceShape, ...]
    queues: tuple[QueueShape, ...]
    routes: tuple[RouteShape, ...]
    access: tuple[AccessShape, ...]
    forwards: tuple[ForwardShape, ...]
    canary: CanaryShape | None
    event_retention: str
    storage_key: tuple[str, ...]
    """The names of the secrets that encrypt bodies in the embedded home; the first one encrypts."""
    notes: tuple[str, ...]
    """Settings that are accepted but may not be intended."""


def topology(config: Config, written: Mapping[str, Any]) -> Topology:
    """The topology of ``config``; ``written`` is the TOML that it was read from, for expressions and patterns as text."""
    return Topology(
        sources=tuple(_source(source, written["sources"][source.name]) for source in config.sources),
        queues=tuple(map(_queue, config.queues)),
        routes=tuple(
            RouteShape(match=table["match"], queues=route.queues)
            for route, table in zip(config.routes, written.get("routes", []), strict=True)
        ),
        access=tuple(map(_access, config.access)),
        forwards=tuple(map(_forward, config.forwards)),
        canary=None if config.canary is None else _canary(config.canary),
        event_retention=duration_text(config.event_retention),
        storage_key=config.storage.key,
        notes=tuple(_notes(config)),
    )


def _canary(canary: Canary) -> CanaryShape:
    return CanaryShape(every=duration_text(canary.every), late_after=duration_text(canary.late_after))


def _notes(config: Config) -> Iterator[str]:
    """Settings that are accepted but may not be intended: queues that no event reaches, calls that verify at two sources, unused keys."""
    yield from _shared_secrets(config)
    yield from scheme_notes(config)
    yield from access_notes(config)
    yield from _proxy_unnamed(config)
    yield from _outlived(config)
    if not config.routes:
        yield f"there is no route, so every event goes to the queue {UNROUTED}"
        return
    fed = {UNROUTED, *(name for route in config.routes for name in route.queues)}
    for queue in config.queues:
        if queue.name not in fed:
            yield f"no route sends events to the queue {queue.name}"


def _shared_secrets(config: Config) -> Iterator[str]:
    """Pairs of sources where an overheard call to one can be sent to the other: few senders sign the URL that they call."""
    for first, second in combinations(config.sources, 2):
        shared = [name for name in first.secret_names if name in second.secret_names]
        if shared and first.scheme == second.scheme and not getattr(first.verifier, "public_url", ""):
            yield f"a call to {first.name} verifies at {second.name} too: they share the secret {shared[0]}"


def _proxy_unnamed(config: Config) -> Iterator[str]:
    """Sources that would refuse every call, because all calls come from a proxy: only this machine reaches the server."""
    host = config.server.host
    if config.server.trusted_proxies or not is_loopback(host):
        return
    shut = [
        one.name for one in config.sources if one.allow_from and not is_in(_LOOPBACK.get(host, host), one.allow_from)
    ]
    if shut:
        yield (
            f"only this machine reaches {host}, and {', '.join(shut)} does not accept calls from it: if a proxy passes on the calls, "
            "name it in trusted_proxies under [server] (AWS: not needed)"
        )


def _outlived(config: Config) -> Iterator[str]:
    """Sources whose messages may be on a queue for longer than the source keeps its events."""
    longest = max(queue.longest_stay for queue in config.queues)
    for source in config.sources:
        if source.retention is not None and source.retention < longest:
            yield (
                f"{source.name} keeps its events for {duration_text(source.retention)}, and a queue keeps messages for up to "
                f"{duration_text(longest)}: a message that is not consumed keeps its body for that time"
            )


def _source(source: Source, table: Mapping[str, Any]) -> SourceShape:
    provider = settled(PROVIDERS[source.scheme], source.verifier)
    return SourceShape(
        name=source.name,
        path=source.path,
        scheme=source.scheme,
        secrets=source.secret_names,
        id=table.get("id") or provider.find_id or "",
        type=table.get("type") or provider.find_type,
        time=table.get("time") or provider.find_time,
        schema=table.get("schema"),
        on_conflict=source.on_conflict.value,
        max_body=source.max_body,
        media_types=tuple(sorted(source.media_types)),
        rate_limit=source.rate_limit,
        failed_rate_limit=source.failed_rate_limit,
        max_age=None if source.max_age is None else duration_text(source.max_age),
        repeated_body=_repeated_body(source),
        remembered_for=_remembered_for(source),
        allow_from=tuple(map(str, source.allow_from)),
        handshakes=tuple(sorted({agreed.handshake.method for agreed in source.handshakes})),
        answer=None if source.answer is None else source.answer.status,
        retention=None if source.retention is None else duration_text(source.retention),
    )


def _repeated_body(source: Source) -> str | None:
    """The answer to a changed id; None where no call can get another id."""
    remembering = source.remembering
    return None if remembering is None or remembering.bodies is None else remembering.if_repeated.value


def _remembered_for(source: Source) -> str | None:
    """How long digests of this source's calls are kept; None where only its events are kept."""
    found = source.remembering
    kept = () if found is None else (found.ids, found.signed, found.bodies)
    longest = max((duration for duration in kept if duration is not None), default=None)
    return None if longest is None else duration_text(longest)


def _queue(queue: Queue) -> QueueShape:
    return QueueShape(
        name=queue.name,
        dead_letter_queue=queue.dead_letter_name,
        max_receives=queue.max_receives,
        visibility_timeout=duration_text(queue.visibility_timeout),
        retention=duration_text(queue.retention),
        dead_letter_retention=duration_text(queue.dead_letter_retention),
        fifo_group=None if queue.fifo is None else queue.fifo.group,
    )


def _access(key: AccessKey) -> AccessShape:
    return AccessShape(
        id=key.id,
        secret=key.secret_name,
        rights=tuple(sorted(right.value for right in key.rights)),
        queues=tuple(sorted(key.queues)),
    )


def _forward(forward: Forward) -> ForwardShape:
    return ForwardShape(
        queue=forward.queue,
        url=forward.url.partition("?")[0],
        secrets=forward.secret_names,
        concurrency=forward.concurrency,
        timeout=duration_text(forward.timeout),
        min_backoff=duration_text(forward.min_backoff),
        max_backoff=duration_text(forward.max_backoff),
        breaker_failures=forward.breaker_failures,
        breaker_pause=duration_text(forward.breaker_pause),
        allow_private=forward.allow_private,
    )
