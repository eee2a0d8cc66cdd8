"""Reads ``[[forwards]]``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hookline.config.keys import KEYS
from hookline.config.reader import nearest, read, read_list, read_table
from hookline.config.secret_names import secret_name
from hookline.config.units import UnusableError, duration, shown, whole
from hookline.domain.address import is_public
from hookline.domain.forward import LONGEST_DELAY, Forward

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from hookline.config.reader import Place, Table
    from hookline.domain.queue import Queue
    from hookline.domain.source import Source

__all__ = ["CONCURRENCY", "TIMEOUT", "endpoint_url", "read_endpoint", "read_forwards", "signing_secrets", "switch"]

_DEFAULT: Final = Forward(queue="", url="", secret_names=())
CONCURRENCY: Final = whole(1, 256)
TIMEOUT: Final = duration(timedelta(seconds=1), timedelta(minutes=5))
_BACKOFF: Final = duration(timedelta(seconds=1), LONGEST_DELAY)
_FAILURES: Final = whole(1, 10_000)
_PAUSE: Final = duration(timedelta(seconds=1), timedelta(hours=1))
_URL_RULE: Final = 'must be a whole URL, such as "https://ledger.example.com/hooks"'


def read_forwards(place: Place, value: object, queues: Sequence[Queue], sources: Sequence[Source]) -> list[Forward]:
    """Every usable forward, in the order of the file."""
    if not isinstance(value, list):
        place.complain("must be a list of tables: write [[forwards]] above each")
        return []
    names = [name for queue in queues for name in (queue.name, queue.dead_letter_name)]
    fifo = {name for queue in queues if queue.fifo for name in (queue.name, queue.dead_letter_name)}
    found = [_forward(place.at(index), written, names, fifo, sources) for index, written in enumerate(value)]
    for index, forward in enumerate(found):
        if forward is not None and any(one is not None and one.queue == forward.queue for one in found[:index]):
            place.at(index, "queue").complain(
                f"{forward.queue} is forwarded twice: each message would go to only one of the two endpoints. "
                "Route its events to one queue for each endpoint"
            )
    return [forward for forward in found if forward is not None]


def endpoint_url(value: object, *, allow_private: bool) -> str:
    """The URL of an endpoint that hookline may deliver to. Raises UnusableError, whose text has no part of the URL but its host."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or " " in value:
        raise UnusableError(f"{_URL_RULE}, in ASCII and without spaces")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UnusableError(_URL_RULE) from None
    if parts.scheme not in ("https", "http") or not host:
        raise UnusableError(_URL_RULE)
    if parts.username is not None or parts.fragment:
        raise UnusableError("must not have a user name, a password or a fragment (#): requests are signed instead")
    if not allow_private and parts.scheme == "http":
        raise UnusableError(
            "must begin with https://; http:// is only for an endpoint in your own network, with allow_private = true"
        )
    if not allow_private and _is_private(host):
        raise UnusableError(f"{host} is a private address: write allow_private = true if that is intended")
    return value


def _is_private(host: str) -> bool:
    """Whether the host is private without a DNS query. The address behind a name is checked when a connection is opened."""
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _forward(
    place: Place, written: object, queue_names: Collection[str], fifo: Collection[str], sources: Sequence[Source]
) -> Forward | None:
    table = read_table(place, written, KEYS["forwards"])
    if not isinstance(written, dict):
        return None
    queue, secrets = _queue(table, queue_names), signing_secrets(table, sources)
    url, allow_private = read_endpoint(table)
    least = table.read("min_backoff", _BACKOFF, _DEFAULT.min_backoff)
    most = table.read("max_backoff", _BACKOFF, max(_DEFAULT.max_backoff, least))
    if most < least:
        table.at("max_backoff").complain("must not be shorter than min_backoff")
    if not (queue and url and secrets):
        return None
    return Forward(
        queue=queue,
        url=url,
        secret_names=secrets,
        concurrency=table.read("concurrency", CONCURRENCY, _DEFAULT.concurrency),
        timeout=table.read("timeout", TIMEOUT, _DEFAULT.timeout),
        min_backoff=least,
        max_backoff=most,
        breaker_failures=table.read("breaker_failures", _FAILURES, _DEFAULT.breaker_failures),
        breaker_pause=table.read("breaker_pause", _PAUSE, _DEFAULT.breaker_pause),
        allow_private=allow_private,
        is_fifo=queue in fifo,
    )


def read_endpoint(table: Table) -> tuple[str | None, bool]:
    """The URL of a table, if it is usable, and whether it may be in a private network."""
    allow_private = table.read("allow_private", switch, False)
    if not _required(table, "url", _URL_RULE):
        return None, allow_private
    return table.read("url", lambda value: endpoint_url(value, allow_private=allow_private), None), allow_private


def _required(table: Table, key: str, rule: str) -> bool:
    if not table.has(key):
        table.at(key).complain(f"is missing: {rule}")
    return table.has(key)


def switch(value: object) -> bool:
    """A reader of true or false. Raises UnusableError."""
    if not isinstance(value, bool):
        raise UnusableError("must be true or false")
    return value


def _queue(table: Table, queue_names: Collection[str]) -> str | None:
    def declared(value: object) -> str:
        if isinstance(value, str) and value in queue_names:
            return value
        hint = f"; the nearest is {nearest(value, queue_names)!r}" if isinstance(value, str) else ""
        raise UnusableError(f"there is no queue {shown(value)}{hint}")

    if not _required(table, "queue", 'write which queue is forwarded, such as queue = "payments"'):
        return None
    return table.read("queue", declared, None)


def signing_secrets(table: Table, sources: Sequence[Source]) -> tuple[str, ...]:
    """The names of the secrets that sign the requests; empty where something is wrong with them."""
    if not _required(table, "secrets", 'write which secrets sign the requests, such as secrets = ["LEDGER_SECRET"]'):
        return ()
    place = table.at("secrets")
    items = read_list(place, table.values["secrets"], "names of secrets")
    names = [read(place.at(index), secret_name, item, None) for index, item in enumerate(items)]
    for index, name in enumerate(names):
        for source in sources:
            if name in source.all_secret_names:
                place.at(index).complain(
                    f"{name} also verifies the source {source.name}: with it, this endpoint could sign events as "
                    "that sender. Use a separate secret"
                )
    return tuple(name for name in names if name is not None)
