"""Settings of access keys and the admin port that are accepted but may not be intended."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from hookline.config.server import is_loopback
from hookline.domain.access import EVERY_QUEUE, Right
from hookline.domain.queue import DEAD_LETTER_SUFFIX, UNROUTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.config import Config
    from hookline.domain.access import AccessKey

__all__ = ["access_notes"]


def access_notes(config: Config) -> Iterator[str]:
    """Keys without use, shared secrets, and settings that do not have the effect they seem to have."""
    for key in config.access:
        yield from _without_use(key, config)
    yield from _shared_secrets(config)
    if config.access and config.server.admin_names:
        yield "admin_names has no effect while there is an [[access]]: callers use their credentials under any Host"
    if not is_loopback(config.server.admin_host) and config.server.admin_tls_certificate is None:
        yield (
            f"the admin port on {config.server.admin_host} has no certificate: messages and passwords cross the network unencrypted, "
            "unless a proxy in front of it uses TLS"
        )


def _without_use(key: AccessKey, config: Config) -> Iterator[str]:
    """A consumer whose queues get no messages; a dead-letter queue gets messages if its queue does."""
    if key.rights != {Right.CONSUME} or EVERY_QUEUE in key.queues:
        return
    fed = {UNROUTED, *(name for route in config.routes for name in route.queues)}
    if not any(name.removesuffix(DEAD_LETTER_SUFFIX) in fed for name in key.queues):
        yield f"the access key {key.id} is not used: no route sends events to {', '.join(sorted(key.queues))}"


def _shared_secrets(config: Config) -> Iterator[str]:
    for first, second in combinations(config.access, 2):
        if first.secret_name == second.secret_name:
            yield f"the access keys {first.id} and {second.id} share the secret {first.secret_name}: each can act as the other"
    for key in config.access:
        if key.secret_name in config.secret_names:
            yield f"the access key {key.id} shares the secret {key.secret_name} with a source: its sender can call the admin port"
