"""The control room: the ports and services of one home that pages and API use."""

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
    """One home, as one caller sees it. A service that a home does not have is None: pages show its values as unknown.

    A caller without ``operate`` does not see masked fields. Each request gets its own room from ``seen_by``.
    """

    home: str
    """``embedded`` or ``aws``."""

    place: str
    """The data directory, or the name of the environment."""

    config: Callable[[], Config]
    """The current configuration: a reload may replace it between two calls."""

    router: Callable[[], Router]
    """The current routes."""

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
    """Returns at most a given number of messages of a queue. On AWS this is a receive."""

    redrive: Callable[[str], Redrive]
    """Returns the service that puts the dead letters of this queue back."""

    replay: Callable[[Sequence[str], str, bool], tuple[list[Replayed], LettersRemoved]]
    """Replays events by their ids under a replay's id; True keeps their dead letters."""

    bulk_replay: Callable[[], BulkReplay]
    erasure: Callable[[], Erasure]
    pauses: PauseActions
    arming: Arming
    watch: Callable[[], Watch]
    """Returns a new watch, which reports events that arrive after its first call."""

    secrets: Callable[[], Secrets]
    """Reads the present secrets. A name without a value is left out, or raises UnavailableError."""

    keys: Keys
    quarantine: KeptRequests | None = None
    retry: Callable[[bool], Retry] | None = None
    """Returns the service that retries rejected requests; with True it accepts ambiguous ones."""

    key_uses: KeyUses | None = None
    places: MessagePlaces | None = None
    """Finds an event's messages."""

    seen_letters: SeenLetters | None = None
    """The dead letters that were viewed in this control room, where ``places`` is None."""

    counts: StorageCounts | None = None
    samples: Callable[[], Sequence[Sample]] | None = None
    """Returns the samples of the last hour, the oldest first: on AWS by the minute, from CloudWatch."""

    fault: Callable[[], str | None] | None = None
    """Returns why no event can be accepted now; None if events can be."""

    whole: tuple[str, ...] = ()
    """The queues that are handled like dead-letter queues but belong to no queue."""

    actor: str | None = None
    """The actor for the audit log, where it is always the same person: an operator with their own credentials."""

    webhook_url: Callable[[str], str] | None = None
    """Returns the URL that a sender calls for this path; None where it is unknown."""

    runs: Runs = field(default_factory=Runs)
    """The actions that run or have ended recently."""

    principal: Principal = ANYONE
    """The caller."""

    whole_quarantine: KeptRequests | None = None
    """The unmasked rejected requests, where ``quarantine`` masks them: for the doctor, not to be shown."""

    masks: Masks | None = None
    """The masks for this caller; None where no field is hidden. The ports apply them."""

    missing: set[str] = field(default_factory=set)
    """The missing rights of the home's own credentials that were found while this caller's document was created."""

    @property
    def missing_rights(self) -> list[str]:
        """The missing rights in order, for a document."""
        return sorted(self.missing)

    def known(self, ask: Callable[[], _Known], otherwise: _Else) -> _Known | _Else:
        """The result of ``ask``; if the home's credentials lack a right, ``otherwise``, and the right is noted in ``missing``."""
        try:
            return ask()
        except HooklineError as fault:
            if fault.missing_right is None:
                raise
            self.missing.add(fault.missing_right)
            return otherwise

    def listed(self) -> Sequence[ListedQueue] | None:
        """All queues; None without the right to list them. Notes the missing right for their ages."""
        found = self.known(self.listing.listed, None)
        self.missing.update(one.missing_right for one in found or () if one.missing_right is not None)
        return found

    def sampled(self) -> Sequence[Sample] | None:
        """The samples; None where the home has none, or without the right to read them."""
        return None if self.samples is None else self.known(self.samples, None)

    @property
    def caller(self) -> str:
        """The actor's name for the audit log."""
        return self.actor or self.principal.actor

    @property
    def may_operate(self) -> bool:
        """Whether the caller may act and see masked fields."""
        return self.principal.may(Right.OPERATE)

    def seen_by(self, principal: Principal) -> ControlRoom:
        """The room as this caller sees it: without the right to operate, secrets and masked fields are hidden."""
        if principal.may(Right.OPERATE):
            return replace(self, principal=principal, missing=set())
        masks = Masks(self.config())
        quarantine = None if self.quarantine is None else MaskedQuarantine(self.quarantine, masks)
        room = replace(
            self, principal=principal, quarantine=quarantine, whole_quarantine=self.quarantine, missing=set()
        )
        return _masked(room, masks) if masks.is_needed else room

    def hides(self, source: str) -> bool:
        """Whether a part of this source's bodies is hidden from the caller."""
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
