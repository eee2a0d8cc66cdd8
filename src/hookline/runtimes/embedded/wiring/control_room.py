"""Creates the control room of a server. Imported at its first request, so that the server starts without it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.local.confirmations import HttpsConfirmations
from hookline.adapters.local.keys import HttpsKeys
from hookline.adapters.sqlite import (
    SqliteAuditLog,
    SqliteDeadLetters,
    SqliteEventStore,
    SqliteHandshakeSecrets,
    SqliteHeldEvents,
    SqliteInventory,
    SqliteKeyUses,
    SqliteMessagePlaces,
    SqliteOutbox,
    SqlitePauses,
    SqliteQuarantine,
    SqliteQueueListing,
    SqliteQueues,
    SqliteReplays,
    SqliteRoutedStore,
    SqliteStorageCounts,
    SqliteWatch,
)
from hookline.dashboard.control_room import ControlRoom
from hookline.domain.quarantine import QuarantineBounds
from hookline.pipeline.bulk_replay import BulkReplay, deliver_here
from hookline.pipeline.forward_request import whole_text
from hookline.pipeline.pauses import PauseActions
from hookline.pipeline.redrive import Redrive
from hookline.pipeline.replay import Replay
from hookline.pipeline.replayed_letters import remove_letters
from hookline.pipeline.retry import AcceptHere, Retry
from hookline.runtimes.embedded.wiring.erasure import erasure_in
from hookline.runtimes.operator import fresh_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hookline.adapters.sqlite import Database
    from hookline.domain.sample import Sample
    from hookline.pipeline.replay import Replayed
    from hookline.pipeline.replayed_letters import LettersRemoved
    from hookline.runtimes.embedded.active_config import ActiveConfig

__all__ = ["control_room_of"]


def control_room_of(
    database: Database,
    current: ActiveConfig,
    data_dir: Path,
    samples: Callable[[], Sequence[Sample]] | None = None,
) -> ControlRoom:
    """The control room's ports and services over this database, with the current configuration."""
    events, queues, audit = SqliteEventStore(database), SqliteQueues(database), SqliteAuditLog(database)
    keys, confirmations = HttpsKeys(database.clock), HttpsConfirmations()
    redrive = Redrive(
        letters=SqliteDeadLetters(database), depth=queues.depth, audit=audit, text_of=partial(whole_text, events)
    )
    return ControlRoom(
        home="embedded",
        place=str(data_dir),
        config=lambda: current.loaded.config,
        router=lambda: current.loaded.router,
        now=database.clock.now,
        fresh_id=fresh_id,
        events=events,
        listing=SqliteQueueListing(database),
        queues=queues,
        moves=queues,
        inventory=SqliteInventory(database),
        audit=audit,
        peek=lambda queue, limit: queues.peek(queue, limit=limit),
        redrive=lambda _queue: redrive,
        replay=partial(_replay, database, current),
        bulk_replay=partial(_bulk_replay, database, current, audit),
        erasure=partial(erasure_in, database),
        pauses=PauseActions(pauses=SqlitePauses(database), held=SqliteHeldEvents(database), audit=audit),
        arming=SqliteHandshakeSecrets(database),
        watch=partial(SqliteWatch, database),
        secrets=lambda: current.loaded.secrets,
        keys=keys,
        quarantine=SqliteQuarantine(database, QuarantineBounds()),
        places=SqliteMessagePlaces(database),
        counts=SqliteStorageCounts(database),
        retry=partial(_retry, database, current, keys, confirmations),
        key_uses=SqliteKeyUses(database),
        samples=samples,
    )


def _retry(
    database: Database,
    current: ActiveConfig,
    keys: HttpsKeys,
    confirmations: HttpsConfirmations,
    accept_ambiguous: bool,  # noqa: FBT001 -- the room's own shape
) -> Retry:
    return Retry(
        quarantine=SqliteQuarantine(database, QuarantineBounds()),
        acceptor=AcceptHere(
            store=SqliteRoutedStore(database),
            known_queues=database.queues.ids,
            sources=current.loaded.config.sources,
            secrets=current.loaded.secrets,
            keys=keys,
            confirmations=confirmations,
            router=current.loaded.router,
        ),
        accept_ambiguous=accept_ambiguous,
    )


def _bulk_replay(database: Database, current: ActiveConfig, audit: SqliteAuditLog) -> BulkReplay:
    router = current.loaded.router
    return BulkReplay(
        replays=SqliteReplays(database),
        audit=audit,
        router=router,
        deliver=deliver_here(SqliteOutbox(database), router),
        known_queues=database.queues.ids,
    )


def _replay(
    database: Database,
    current: ActiveConfig,
    event_ids: Sequence[str],
    replay_id: str,
    keep_letters: bool,  # noqa: FBT001 -- the room's own shape
) -> tuple[list[Replayed], LettersRemoved]:
    replay = Replay(
        events=SqliteEventStore(database),
        outbox=SqliteOutbox(database),
        router=current.loaded.router,
        known_queues=database.queues.ids,
        replay_id=replay_id,
    )
    results = [replay.one(event_id) for event_id in dict.fromkeys(event_ids)]
    through = {} if keep_letters else {one.event_id: one.queues for one in results if one.fault is None}
    return results, remove_letters(SqliteDeadLetters(database), through)
