"""Opens the store in steps, so that a server with a full disk can start without it and continue later."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from hookline.errors import DamagedError, DataDirectoryError, UnavailableError
from hookline.pipeline.stored_state import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.config import Config
    from hookline.domain.queue import Queue
    from hookline.ports.handshake_secrets import Arming
    from hookline.ports.inventory import Inventory
    from hookline.runtimes.embedded.log import Log

__all__ = ["LearnsSecrets", "StartupSteps", "learn", "left_behind", "report"]


class StartupSteps:
    """Does each step once, in order. A failed step is tried again when ``go_on`` is called again."""

    def __init__(self, steps: Sequence[Callable[[], None]]) -> None:
        self._left = deque(steps)
        self._guard = Lock()

    def add(self, step: Callable[[], None]) -> None:
        """Add a step at the end."""
        self._left.append(step)

    def go_on(self) -> None:
        """Do the remaining steps. Raises the error of a step; after UnavailableError a later attempt may succeed."""
        with self._guard:
            while self._left:
                self._left[0]()
                self._left.popleft()

    def try_on(self) -> UnavailableError | None:
        """Do the remaining steps; returns the fault that prevents the rest. Raises DataDirectoryError where waiting does not help."""
        try:
            self.go_on()
        except DamagedError as fault:
            raise DataDirectoryError("database_damaged", fault.detail) from fault
        except UnavailableError as fault:
            return fault
        return None


class LearnsSecrets(Protocol):
    """Secrets to which one can be added."""

    def has(self, name: str) -> bool:
        """Whether there is a secret of this name now."""
        ...

    def learn(self, name: str, value: bytes) -> None:
        """Add a secret."""
        ...


def report(config: Config, inventory: Inventory, log: Log) -> None:
    """Log which stored data the configuration does not use, before its queues are declared."""
    for one in differences(inventory.look(config.queues), config):
        log.say("warning", f"{one.subject} {one.what}", code=one.code, name=one.name, advice=one.advice, **one.facts)


def learn(config: Config, known: LearnsSecrets, handshake_secrets: Arming) -> None:
    """Use the secrets that senders have brought, where no others are configured."""
    for name in handshake_secrets.kept_at(config.learned_names):
        value = handshake_secrets.reveal(name)
        if value is not None and not known.has(name):
            known.learn(name, value)


def left_behind(queues: Sequence[Queue], inventory: Inventory) -> list[Queue]:
    """The stored queues outside of ``queues`` that still have messages: consumers can empty them."""
    names = {queue.name for queue in queues}
    stored = inventory.look(())
    return [one.queue for one in stored.queues if one.queue.name not in names and (one.messages or one.dead_letters)]
