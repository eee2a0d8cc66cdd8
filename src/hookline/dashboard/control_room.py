"""What pages and API work with: the ports and services of one home."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeVar

from hookline.dashboard.actions.runs import Runs
from hookline.dashboard.masking import MaskedEvents, MaskedPlaces, MaskedQuarantine, MaskedWatch, Masks
from hookline.domain.access import ANYONE, EVERY_QUEUE, Right
from hookline.errors import HooklineError, Rejected
from hookline.pipeline.audited import Run
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hookline.config import Config
    from hookline.domain.access import Principal
    from hookline.domain.message import Delivery
    from hookline.domain.sample import Sample
    from hookline.pipeline.bulk_replay import BulkReplay
    from hookline.pipeline.erasure import Erasure
    from hookline.pipeline.pauses import PauseActions
    from hookline.pipeline.redrive import Redrive
    from hookline.pipeline.replay import Replayed
    from hookline.pipeline.replayed_letters import LettersRemoved
    from hookline.pipeline.retry import Retry
    from hookline.pipeline.route import Router
    from hookline.pipeline.seen_letters import SeenLetters
    from hookline.ports.audit import AuditLog
    from hookline.ports.event_store import StoredEvents
    from hookline.ports.handshake_secrets import Arming
    from hookline.ports.inventory import Inventory
    from hookline.ports.key_uses import KeyUses
    from hookline.ports.keys import Keys
    from hookline.ports.message_places import MessagePlaces
    from hookline.ports.quarantine import KeptRequests
    from hookline.ports.queue_listing import ListedQueue, QueueListing
    from hookline.ports.queues import QueueMoves, Queues
    from hookline.ports.secrets import Secrets
    from hookline.ports.storage_counts import StorageCounts
    from hookline.ports.watch import Watch

__all__ = ["ControlRoom"]

_Known = TypeVar("_Known")
_Else = TypeVar("_Else")


@record
class ControlRoom:
    """One home, as one caller sees it. What a home cannot do is None: pages show it as not known there, and never guess.

    A caller without ``operate`` sees no masked field. Each request gets a room of its own by ``seen_by``.
    """

    home: str
    """``embedded`` or ``aws``."""

    place: str
    """The data directory, or the name of the environment."""

    config: Callable[[], Config]
    """The configuration in force: a reload may replace it between two calls."""

    router: Callable[[], Router]
    """The routes in force."""

    now: Callable[[], datetime]
    fresh_id: Callable[[datetime], str]
    """A new id that sorts by time, for a run of an action."""

    events: StoredEvents
    listing: QueueListing
    queues: Queues
    moves: QueueMoves
    inventory: Inventory
    audit: AuditLog

    peek: Callable[[str, int], Sequence[Delivery]]
    """Up to so many messages of a queue. On AWS a look is a receive."""

    redrive: Callable[[str], Redrive]
    """What puts the dead letters of this queue back."""

    replay: Callable[[Sequence[str], str, bool], tuple[list[Replayed], LettersRemoved]]
    """Replays events by their ids under a replay's id; True keeps their dead letters."""

    bulk_replay: Callable[[], BulkReplay]
    erasure: Callable[[], Erasure]
    pauses: PauseActions
    arming: Arming
    watch: Callable[[], Watch]
    """A new watch: it reports what comes after its first look."""

    secrets: Callable[[], Secrets]
    """The secrets as they are now. A name without a value is left out, or raises UnavailableError."""

    keys: Keys
    quarantine: KeptRequests | None = None
    retry: Callable[[bool], Retry] | None = None
    """What tries rejected requests again; True takes ambiguous ones."""

    key_uses: KeyUses | None = None
    places: MessagePlaces | None = None
    """Where an event's messages are."""

    seen_letters: SeenLetters | None = None
    """The dead letters that were looked at from here, where ``places`` is None."""

    counts: StorageCounts | None = None
    samples: Callable[[], Sequence[Sample]] | None = None
    """The samples of the last hour, the oldest first: on AWS by the minute, out of CloudWatch."""

    fault: Callable[[], str | None] | None = None
    """Why no event can be taken now; None for no reason."""

    whole: tuple[str, ...] = ()
    """Queues that are handled like dead-letter queues and belong to no queue."""

    actor: str | None = None
    """Who acts, for the audit log, where it is always the same person: an operator with credentials of their own."""

    webhook_url: Callable[[str], str] | None = None
    """The address that a sender calls for this path; None where it is not known."""

    runs: Runs = field(default_factory=Runs)
    """The actions that run, or have ended a while ago."""

    principal: Principal = ANYONE
    """Who asks."""

    whole_quarantine: KeptRequests | None = None
    """The rejected requests as they came, where ``quarantine`` masks them: to find out why, not to show."""

    masks: Masks | None = None
    """What is hidden from the caller; None where nothing is. The ports themselves hide it."""

    missing: set[str] = field(default_factory=set)
    """Rights that the home's own credentials turned out to miss while this caller's document was made."""

    @property
    def missing_rights(self) -> list[str]:
        """The same in order, for a document."""
        return sorted(self.missing)

    def known(self, ask: Callable[[], _Known], otherwise: _Else) -> _Known | _Else:
        """What ``ask`` returns; ``otherwise``, and the right is noted in ``missing``, where the home's own credentials may not ask."""
        try:
            return ask()
        except HooklineError as fault:
            if fault.missing_right is None:
                raise
            self.missing.add(fault.missing_right)
            return otherwise

    def listed(self) -> Sequence[ListedQueue] | None:
        """All queues; None where they may not be asked for. Notes the right by which their ages would be known."""
        found = self.known(self.listing.listed, None)
        self.missing.update(one.missing_right for one in found or () if one.missing_right is not None)
        return found

    def sampled(self) -> Sequence[Sample] | None:
        """The samples; None where the home takes none, or they may not be asked for."""
        return None if self.samples is None else self.known(self.samples, None)

    @property
    def caller(self) -> str:
        """Who acts, as the audit log has it."""
        return self.actor or self.principal.actor

    @property
    def may_operate(self) -> bool:
        """Whether the caller may act, and see what is masked."""
        return self.principal.may(Right.OPERATE)

    def seen_by(self, principal: Principal) -> ControlRoom:
        """The room as this caller sees it: without secrets and what is masked, for one who may not operate."""
        if principal.may(Right.OPERATE):
            return replace(self, principal=principal, missing=set())
        masks = Masks(self.config())
        quarantine = None if self.quarantine is None else MaskedQuarantine(self.quarantine, masks)
        room = replace(
            self, principal=principal, quarantine=quarantine, whole_quarantine=self.quarantine, missing=set()
        )
        return _masked(room, masks) if masks.is_needed else room

    def hides(self, source: str) -> bool:
        """Whether something of this source's bodies is hidden from the caller."""
        return self.masks is not None and self.masks.hide(source)

    def run(self, reason: str | None) -> Run:
        """A new run of an action by the caller, for the audit log."""
        now = self.now()
        return Run(id=self.fresh_id(now), actor=self.caller, at=now, reason=reason)

    def check(self, right: Right, queue: str | None = None) -> None:
        """Raise Rejected ``access_denied`` unless the caller has this right on the queue, or on every queue where none is named."""
        if not self.principal.may(right):
            raise Rejected("access_denied", f"{self.principal} needs the right {right.value} here")
        if not self.principal.reaches(EVERY_QUEUE if queue is None else queue):
            what = "all queues" if queue is None else f"the queue {queue}"
            raise Rejected("access_denied", f"{self.principal} needs the right {right.value} for {what} here")


def _masked(room: ControlRoom, masks: Masks) -> ControlRoom:
    peek, watch = room.peek, room.watch
    return replace(
        room,
        masks=masks,
        events=MaskedEvents(room.events, masks),
        seen_letters=None,
        places=None if room.places is None else MaskedPlaces(room.places, masks),
        peek=lambda queue, limit: [*map(masks.delivery, peek(queue, limit))],
        watch=lambda: MaskedWatch(watch(), masks),
    )
