"""Trying rejected requests again: one request's fault is that request's alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.domain.event import Outcome
from hookline.domain.route import RoutedEvent
from hookline.errors import HooklineError, NotFoundError, Rejected, UnavailableError
from hookline.pipeline.rejected import accept_again
from hookline.pipeline.replaying import check_queues_exist
from hookline.pipeline.route import Router
from hookline.runtimes.embedded.wiring.home import open_home, secrets_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hookline.config import Config
    from hookline.domain.event import Event
    from hookline.ports.secrets import Secrets
    from hookline.runtimes.embedded.wiring.home import Home

__all__ = ["Retried", "retry_here"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What came of one request: the event and where it stands, or the fault for which it stays in the quarantine."""

    id: int
    event_id: str = ""
    outcome: str = ""
    queues: tuple[str, ...] = ()
    fault: HooklineError | None = None


def retry_here(
    config: Config,
    secrets: Mapping[str, bytes],
    data_dir: Path,
    *,
    numbers: Sequence[int] = (),
    source: str | None = None,
    accept_ambiguous: bool = False,
) -> list[Retried]:
    """Try requests of a data directory again, in the order of their coming: these, those of a source, or all.

    It ends with the first for which storage or a sender's public key cannot be had: the rest would fare no better, and stays.
    """
    with open_home(data_dir, event_retention=config.event_retention) as home:
        retry = _Retry(home, config, secrets_of(config, secrets, home.arming), accept_ambiguous=accept_ambiguous)
        results = []
        for number in sorted(set(numbers)) or home.quarantine.ids(source=source):
            results.append(retry.one(number))
            if isinstance(results[-1].fault, UnavailableError):
                break
        return results


class _Retry:
    def __init__(self, home: Home, config: Config, secrets: Secrets, *, accept_ambiguous: bool) -> None:
        self._home = home
        self._sources = config.sources
        self._secrets = secrets
        self._router = Router(config.routes)
        self._accept_ambiguous = accept_ambiguous

    def one(self, number: int) -> Retried:
        try:
            return self._accepted(number)
        except HooklineError as fault:
            return Retried(id=number, fault=fault)

    def _accepted(self, number: int) -> Retried:
        kept = self._home.quarantine.get(number)
        if kept is None:
            raise NotFoundError(f"there is no rejected request {number}")
        event = accept_again(
            kept.rejected,
            self._sources,
            self._secrets.read,
            self._home.keys,
            self._home.confirmations,
            accept_ambiguous=self._accept_ambiguous,
        )
        routed = self._routed(event)
        check_queues_exist(self._home, routed)
        outcome = self._stored(routed)
        if outcome is Outcome.REUSED:
            raise Rejected("delivery_reused", "it belongs to an event with another body, which has expired")
        self._home.quarantine.release([number])
        queues = routed.queues if outcome.is_stored else ()
        return Retried(id=number, event_id=routed.event.id, outcome=outcome.value, queues=queues)

    def _routed(self, event: Event) -> RoutedEvent:
        """Where it goes; when routing itself fails it waits in the outbox, as an event that just came does."""
        try:
            return self._router.route(event)
        except Exception:  # noqa: BLE001 -- an event that its sender proved is never lost to a fault in a rule
            return RoutedEvent(event=event, queues=(), status=event.status)

    def _stored(self, routed: RoutedEvent) -> Outcome:
        batch = self._home.routed.stage([routed])
        assert batch is not None  # noqa: S101 -- stage waits or raises
        batch.commit()
        return batch.outcomes[0]
