"""Opens the home that a command works on: a data directory, or an environment on AWS."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from hookline.pipeline.access.unused import unused_keys
from hookline.pipeline.stored_state import differences
from hookline.record import record
from hookline.runtimes.aws_lambda.wiring.commands import open_environment, open_inventory
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from hookline.config import Config
    from hookline.pipeline.stored_state import Difference
    from hookline.ports.event_store import EventStore
    from hookline.runtimes.embedded.wiring.commands import Home

__all__ = ["Where", "stored_differences"]

T = TypeVar("T")


@record
class Where:
    """A data directory, or an environment on AWS."""

    data_dir: Path
    environment: str | None

    @contextmanager
    def open(self, here: Callable[[Home], T], there: Callable[[str], AbstractContextManager[T]]) -> Iterator[T]:
        """A part of the data directory's home, or the same part of the environment, opened by ``there``."""
        if self.environment is None:
            with open_home(self.data_dir) as home:
                yield here(home)
        else:
            with there(self.environment) as found:
                yield found

    def events(self) -> AbstractContextManager[EventStore]:
        """The event store of the home."""
        return self.open(lambda home: home.events, _deployed_events)


@contextmanager
def _deployed_events(environment: str) -> Iterator[EventStore]:
    with open_environment(environment) as deployed:
        yield deployed.events


def stored_differences(config: Config, data_dir: Path | None, environment: str | None) -> Sequence[Difference] | None:
    """The stored data that the configuration does not use; None where no home was named."""
    if data_dir is None and environment is None:
        return None
    where = Where(data_dir=data_dir or Path(), environment=environment)
    with where.open(lambda home: home.inventory, open_inventory) as inventory:
        found = differences(inventory.look(config.queues), config, empty_queues=environment is not None)
    if data_dir is None:
        return found
    with open_home(data_dir) as home:
        return [*found, *unused_keys(config, home.key_uses.known(), home.clock.now())]
