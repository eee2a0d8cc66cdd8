"""Opens an embedded hookline's data for commands that read or change it; a server may be running meanwhile."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.local import SystemClock
from hookline.adapters.local.confirmations import HttpsConfirmations
from hookline.adapters.local.keys import HttpsKeys
from hookline.adapters.local.sender_api import HttpsSenderApi, ReportFile
from hookline.adapters.sqlite import (
    Database,
    DataDirectory,
    SqliteAuditLog,
    SqliteClockDoubt,
    SqliteDeadLetters,
    SqliteEventStore,
    SqliteHandshakeSecrets,
    SqliteHeldEvents,
    SqliteInventory,
    SqliteKeyUses,
    SqliteOutbox,
    SqlitePauses,
    SqliteQuarantine,
    SqliteQueueListing,
    SqliteQueues,
    SqliteReplays,
    SqliteRoutedStore,
    SqliteWatch,
)
from hookline.adapters.sqlite.backup import back_up
from hookline.adapters.sqlite.backup_series import BackupSeries
from hookline.adapters.sqlite.restore import restore
from hookline.config.canary import with_wanted_canary
from hookline.config.model import DEFAULT_EVENT_RETENTION
from hookline.domain.moment import moment_text
from hookline.domain.quarantine import QuarantineBounds
from hookline.errors import UnavailableError
from hookline.pipeline.audited import audited
from hookline.pipeline.backfill import Intake, take_here
from hookline.pipeline.bulk_replay import BulkReplay, deliver_here
from hookline.pipeline.forward_request import whole_text
from hookline.pipeline.pauses import PauseActions
from hookline.pipeline.redrive import Redrive
from hookline.pipeline.replay import Replay, foreseen, noted_replay
from hookline.pipeline.replayed_letters import remove_letters
from hookline.pipeline.retry import AcceptHere, Retry, kept_request
from hookline.pipeline.route import router_of
from hookline.runtimes.embedded.settings import read_secrets
from hookline.runtimes.embedded.wiring.secrets import secrets_of
from hookline.runtimes.embedded.wiring.storage_keys import sealing_of_commands
from hookline.runtimes.queue_actions import QueueActions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta
    from pathlib import Path

    from hookline.adapters.sqlite.backup import BackupReport
    from hookline.adapters.sqlite.backup_series import KeptCopy
    from hookline.adapters.sqlite.restore import Restored
    from hookline.config import Config
    from hookline.domain.quarantine import RejectedRequest
    from hookline.domain.retention import EventRetention
    from hookline.domain.secret import Secret
    from hookline.pipeline.audited import Run
    from hookline.pipeline.pauses import PausedSource
    from hookline.pipeline.replay import Replayed
    from hookline.pipeline.replayed_letters import LettersRemoved
    from hookline.pipeline.route import Router
    from hookline.ports.audit import AuditLog
    from hookline.ports.confirmations import Confirmations
    from hookline.ports.dead_letters import DeadLetters
    from hookline.ports.event_store import EventStore
    from hookline.ports.handshake_secrets import Arming
    from hookline.ports.held_events import HeldEvents
    from hookline.ports.inventory import Inventory
    from hookline.ports.key_uses import KeyUses
    from hookline.ports.keys import Keys
    from hookline.ports.outbox import Outbox
    from hookline.ports.pauses import Pauses
    from hookline.ports.quarantine import Quarantine
    from hookline.ports.queue_listing import QueueListing
    from hookline.ports.queues import MovableQueues
    from hookline.ports.replays import Replays
    from hookline.ports.routed_store import RoutedStore
    from hookline.ports.sender_api import SenderApi
    from hookline.ports.watch import Watch

__all__ = [
    "Home",
    "back_up_home",
    "back_up_into_series",
    "confirm_clock",
    "foresee_replay",
    "kept_beside_secrets",
    "open_bulk_replay",
    "open_home",
    "open_intake",
    "open_retry_here",
    "pause_actions",
    "paused_sources",
    "public_keys",
    "queue_actions",
    "replay_events",
    "report_file",
    "restore_home",
    "retry_in",
    "sender_api",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An embedded hookline's data, opened while a server runs or not."""

    events: EventStore
    outbox: Outbox
    queues: MovableQueues
    dead_letters: DeadLetters
    pauses: Pauses
    held_events: HeldEvents
    queue_listing: QueueListing
    inventory: Inventory
    watch: Watch
    audit: AuditLog
    key_uses: KeyUses
    replays: Replays
    clock_doubt: SqliteClockDoubt
    routed: RoutedStore
    quarantine: Quarantine
    arming: Arming
    keys: Keys
    confirmations: Confirmations
    database: Database
    clock: SystemClock


@contextmanager
def open_home(
    data_dir: Path, *, event_retention: timedelta | EventRetention = DEFAULT_EVENT_RETENTION
) -> Iterator[Home]:
    """Open the data of an existing directory for commands that read or change it; a server may be running meanwhile.

    ``event_retention`` is how long events are kept that the command delivers; a command that delivers passes the configuration's.
    """
    directory = DataDirectory(data_dir)
    directory.must_exist()
    directory.refuse_empty()
    clock = SystemClock()
    served = directory.is_served()
    database = Database.open(
        directory.database,
        clock=clock,
        event_retention=event_retention,
        served=served,
        sealing=sealing_of_commands(data_dir),
    )
    try:
        yield Home(
            events=SqliteEventStore(database),
            outbox=SqliteOutbox(database),
            queues=SqliteQueues(database),
            dead_letters=SqliteDeadLetters(database),
            pauses=SqlitePauses(database),
            held_events=SqliteHeldEvents(database),
            queue_listing=SqliteQueueListing(database),
            inventory=SqliteInventory(database),
            watch=SqliteWatch(database),
            audit=SqliteAuditLog(database),
            key_uses=SqliteKeyUses(database),
            replays=SqliteReplays(database),
            clock_doubt=SqliteClockDoubt(database),
            routed=SqliteRoutedStore(database),
            quarantine=SqliteQuarantine(database, QuarantineBounds()),
            arming=SqliteHandshakeSecrets(database),
            keys=HttpsKeys(clock),
            confirmations=HttpsConfirmations(),
            database=database,
            clock=clock,
        )
    finally:
        database.close()


def replay_events(
    data_dir: Path, config: Config, event_ids: Sequence[str], *, run: Run, keep_letters: bool
) -> tuple[list[Replayed], LettersRemoved]:
    """Replay events by their ids: put each on the queues of its routes immediately, and remove its dead letters there unless kept."""
    ids = [*dict.fromkeys(event_ids)]
    with open_home(data_dir, event_retention=config.retention) as home:
        replay = Replay(
            events=home.events,
            outbox=home.outbox,
            router=_router_of(config),
            known_queues=home.database.queues.ids,
            replay_id=run.id,
        )
        with noted_replay(home.audit, run, ids) as note:
            results = [replay.one(event_id) for event_id in ids]
            note.affected = sum(one.fault is None for one in results)
        through = {} if keep_letters else {one.event_id: one.queues for one in results if one.fault is None}
        return results, remove_letters(home.dead_letters, through)


def foresee_replay(data_dir: Path, config: Config, event_ids: Sequence[str]) -> list[Replayed]:
    """The plan of a replay of these events; nothing is changed."""
    router = _router_of(config)
    with open_home(data_dir) as home:
        return [foreseen(event_id, home.events, router) for event_id in dict.fromkeys(event_ids)]


@contextmanager
def open_bulk_replay(data_dir: Path, config: Config) -> Iterator[BulkReplay]:
    """Replays in the data of an existing directory, by the routes of ``config``."""
    with open_home(data_dir, event_retention=config.retention) as home:
        router = _router_of(config)
        yield BulkReplay(
            replays=home.replays,
            audit=home.audit,
            router=router,
            deliver=deliver_here(home.outbox, router),
            known_queues=home.database.queues.ids,
        )


def pause_actions(home: Home) -> PauseActions:
    """The pauses of queues and sources in this home."""
    return PauseActions(pauses=home.pauses, held=home.held_events, audit=home.audit)


def paused_sources(data_dir: Path) -> Mapping[str, PausedSource]:
    """The paused sources; none where no server has ever run."""
    if not DataDirectory(data_dir).database.is_file():
        return {}
    with open_home(data_dir) as home:
        return pause_actions(home).sources()


def queue_actions(home: Home) -> QueueActions:
    """The actions of operators on the queues of this home."""
    return QueueActions(
        queues=home.queues,
        redrive=Redrive(
            letters=home.dead_letters,
            depth=home.queues.depth,
            audit=home.audit,
            text_of=partial(whole_text, home.events),
        ),
        audit=home.audit,
        peek=lambda queue, limit: home.queues.peek(queue, limit=limit),
        moves=home.queues,
    )


def back_up_home(data_dir: Path, target: Path, *, replace: bool) -> BackupReport:
    """Copy the database of an existing directory to ``target`` and check the copy; a server may be running meanwhile.

    Raises FileExistsError when ``target`` exists and may not be replaced.
    """
    directory = DataDirectory(data_dir)
    directory.must_exist()
    directory.refuse_empty()
    return back_up(directory.database, target, replace=replace, sealing=sealing_of_commands(data_dir))


def back_up_into_series(data_dir: Path, folder: Path, *, newest: int, days: int) -> tuple[KeptCopy, BackupReport, int]:
    """Add a backup to ``folder``, check it, and remove backups that need not be kept; returns how many were removed.

    Where the report has faults, no backup was added or removed.
    """
    directory = DataDirectory(data_dir)
    directory.must_exist()
    directory.refuse_empty()
    series = BackupSeries(folder, newest=newest, days=days, sealing=sealing_of_commands(data_dir))
    copy, report = series.add(directory.database, SystemClock().now())
    return copy, report, 0 if report.faults else len(series.remove_old())


def restore_home(source: Path, data_dir: Path, run: Run, *, replace: bool) -> Restored:
    """Restore a backup into a data directory that no server uses, and record this in its audit log.

    Raises FileExistsError where a database exists and may not be replaced.
    """
    sealing = sealing_of_commands(data_dir)
    done = restore(source, DataDirectory(data_dir), replace=replace, now=run.at, sealing=sealing)
    if not done.report.faults:
        details = {} if done.replaced is None else {"replaced": str(done.replaced)}
        details |= {"erasures": " ".join(done.erasures)} if done.erasures else {}
        entry = run.entry("restore", "the database", file=str(source.absolute()), **details)
        with open_home(data_dir) as home, audited(home.audit, entry) as note:
            note.affected = done.report.events
    return done


def confirm_clock(home: Home, run: Run) -> None:
    """End the doubt about the clock, so that data expires by this machine's clock."""
    with audited(home.audit, run.entry("confirm-clock", "the clock", now=str(moment_text(run.at)))):
        home.clock_doubt.confirm()


def _router_of(config: Config) -> Router:
    """The routes of the project and of its canary."""
    return router_of(with_wanted_canary(config))


@contextmanager
def open_intake(data_dir: Path, config: Config) -> Iterator[Intake]:
    """The reader and store of an existing directory's events, with the routes of ``config``."""
    with open_home(data_dir, event_retention=config.retention) as home:
        yield Intake(
            known=lambda event_id: home.events.get(event_id) is not None,
            take=take_here(home.routed, _router_of(config), home.database.queues.ids),
            audit=home.audit,
        )


def sender_api(scheme: str, credentials: Secret, place: str = "") -> SenderApi:
    """The API of the sender of this scheme, for commands of both homes."""
    return HttpsSenderApi(scheme, credentials, place=place)


def report_file(path: Path) -> SenderApi:
    """A report file of a sender, read like its API."""
    return ReportFile(path)


def public_keys() -> Keys:
    """Senders' public keys, for commands that need no data."""
    return HttpsKeys(SystemClock())


def retry_in(home: Home, config: Config, values: Mapping[str, bytes], *, accept_ambiguous: bool) -> Retry:
    """The retry of rejected requests of this home, with this configuration and the secrets in ``values``."""
    return Retry(
        quarantine=home.quarantine,
        acceptor=AcceptHere(
            store=home.routed,
            known_queues=home.database.queues.ids,
            sources=config.sources,
            secrets=secrets_of(config, values, home.arming),
            keys=home.keys,
            confirmations=home.confirmations,
            router=_router_of(config),
        ),
        accept_ambiguous=accept_ambiguous,
    )


@contextmanager
def open_retry_here(
    data_dir: Path, config: Config, env_file: Path | None, source: str | None, *, accept_ambiguous: bool
) -> Iterator[tuple[Retry, AuditLog]]:
    """The retry in a data directory, and its audit log; if ``source`` is given, only its secrets are needed."""
    asked = replace(config, sources=tuple(one for one in config.sources if source in (None, one.name)))
    secrets = read_secrets(asked, env_file)
    with open_home(data_dir, event_retention=config.retention) as home:
        yield retry_in(home, config, secrets, accept_ambiguous=accept_ambiguous), home.audit


def kept_beside_secrets(config: Config, data_dir: Path, number: int, values: dict[str, bytes]) -> RejectedRequest:
    """The rejected request of this number; the secrets that senders have brought are added to ``values``. Raises NotFoundError."""
    with open_home(data_dir) as home:
        kept = kept_request(home.quarantine, number)
        known = secrets_of(config, values, home.arming)
        for name in config.learned_names:
            with suppress(UnavailableError):
                values.update({secret.name: secret.value for secret in known.read([name])})
    return kept.rejected
