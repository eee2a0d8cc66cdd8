"""Reads the configuration and the secrets again while the server runs, and applies them in one step."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hookline.errors import Complaint, ConfigError, HooklineError
from hookline.runtimes.embedded.config_changes import changed_secrets, changes, needs_restart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.config import Config
    from hookline.domain.queue import Queue
    from hookline.runtimes.embedded.active_config import ActiveConfig, ReadyConfig
    from hookline.runtimes.embedded.committer import Committer
    from hookline.runtimes.embedded.log import Log

__all__ = ["Read", "Reloader", "Steps"]

Read = tuple["Config", "Mapping[str, bytes]"]
"""A configuration, and the values of its secrets."""

_NOT_WITHDRAWN: Final = "the removed queues are still stored as in use: the next reload or start removes them"
_PATIENCE: Final = 2.0  # seconds

_NOT_RELOADED: Final = "the configuration was not reloaded: the previous one stays in use"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The functions that a reload calls, in this order.

    ``read`` reads both files and raises ConfigError; ``report`` logs stored data that the new configuration does not use; ``prepare``
    compiles it; ``declare`` declares the queues in the store; ``take`` passes it to the parts of the server that keep a part of it;
    ``fixed_secrets`` names the secrets that cannot be read again.
    """

    read: Callable[[], Read]
    report: Callable[[Config], None]
    prepare: Callable[[Config, Mapping[str, bytes]], ReadyConfig]
    declare: Callable[[Sequence[Queue]], None]
    take: Callable[[ReadyConfig], None]
    fixed_secrets: Callable[[Config], Sequence[str]]


class Reloader:
    """Replaces the current configuration. An invalid file changes nothing. Use it only on the event loop."""

    def __init__(self, current: ActiveConfig, steps: Steps, *, committer: Committer, log: Log) -> None:
        self._current = current
        self._steps = steps
        self._committer = committer
        self._log = log
        self._is_asked = False
        self._task: asyncio.Task[None] | None = None
        self.has_failed = False
        """Whether the last reload failed and changed nothing."""

    def ask(self) -> None:
        """Reload now, or once more after the running reload, which may have read the files too early."""
        self._is_asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._reload_all())

    async def finish(self, *, patience: float = _PATIENCE) -> None:
        """Wait for a running reload, but not while it reads files: a stop must not wait for a network disk."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=min(_PATIENCE, patience))

    async def _reload_all(self) -> None:
        while self._is_asked:
            self._is_asked = False
            await self.reload()

    async def reload(self) -> None:
        """Read both files again, apply them, and log what changed, or why nothing did."""
        try:
            await self._reload()
            self.has_failed = False
        except HooklineError as error:
            self.has_failed = True
            complaints = [str(one) for one in error.complaints] if isinstance(error, ConfigError) else [str(error)]
            self._log.say("error", _NOT_RELOADED, code=error.code, complaints=complaints)
        except Exception as fault:  # noqa: BLE001 -- a fault in a new configuration must not end a running server
            self.has_failed = True
            self._log.fault(_NOT_RELOADED, fault)

    async def _reload(self) -> None:
        old, steps = self._current.loaded, self._steps
        config, secrets = await _read(steps.read)
        _check_room(config, old.config)
        await asyncio.to_thread(steps.report, config)
        new = await asyncio.to_thread(steps.prepare, config, secrets)
        # A queue is declared before a route can name it, and removed after no event can be sent to it any more.
        both = {queue.name: queue for queue in (*old.config.queues, *config.queues)}
        await asyncio.to_thread(steps.declare, list(both.values()))
        self._current.loaded = new
        steps.take(new)
        await self._committer.passed()
        try:
            await asyncio.to_thread(self._withdraw, config.queues)
        except HooklineError as error:  # the new configuration is applied: no route names these queues
            self._log.say("warning", _NOT_WITHDRAWN, code=error.code, fault=str(error))
        secret_names = changed_secrets(config.local_secret_names, old.secrets, new.secrets)
        named = changes(old.config, config) | ({"secrets_changed": secret_names} if secret_names else {})
        self._log.say("info", "reloaded", **named)
        if settings := needs_restart(old.config, config):
            self._log.say("warning", "these settings take effect only at the next start", settings=settings)
        if names := steps.fixed_secrets(config):
            self._log.say("info", "these secrets come from the environment, as it was at the start", secrets=names)

    def _withdraw(self, queues: Sequence[Queue]) -> None:
        with self._current.guard:
            self._steps.declare(queues)


async def _read(read: Callable[[], Read]) -> Read:
    """The result of ``read``, called on a daemon thread, because a file on a network may never be readable."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Read] = loop.create_future()

    def settle(found: Read | Exception) -> None:
        if future.done():
            return
        if isinstance(found, Exception):
            future.set_exception(found)
        else:
            future.set_result(found)

    def run() -> None:
        try:
            found: Read | Exception = read()
        except Exception as fault:  # noqa: BLE001 -- raised where it is awaited
            found = fault
        with suppress(RuntimeError):  # the loop has ended in the meantime
            loop.call_soon_threadsafe(settle, found)

    threading.Thread(target=run, name="hookline-reload", daemon=True).start()
    return await future


def _check_room(new: Config, old: Config) -> None:
    """Refuse a larger ``max_body`` than the running server's memory limits allow: those change only at a restart."""
    room = old.server.max_in_flight_bytes
    if too_large := [source for source in new.sources if source.max_body > room]:
        raise ConfigError(
            [
                Complaint(
                    where=f"sources.{source.name}.max_body",
                    why=f"is more than the running server's max_in_flight_bytes ({room} bytes), which only a restart changes",
                )
                for source in too_large
            ]
        )
