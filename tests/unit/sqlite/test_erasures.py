"""Permanent erasure: no column, no page and no file of the data directory has a byte of it afterwards."""

from __future__ import annotations

import json
import random
import signal
import threading
import zlib
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: the arguments of the functions that are replaced

import apsw
import pytest

from contract.builders import ORDERS, QUARANTINE, QUEUES, START, event, grouped, rejected, routed
from hookline.adapters.local import SystemClock
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    Database,
    SqliteAuditLog,
    SqliteErasures,
    SqliteEventStore,
    SqliteOutbox,
    SqliteQuarantine,
    SqliteQueues,
    SqliteReplays,
    SqliteRoutedStore,
    query,
    scrub,
    unlearning,
)
from hookline.adapters.sqlite.resealing import SqliteResealing
from hookline.adapters.sqlite.sealing import Sealing, StorageKey
from hookline.domain.erasure import is_erased
from hookline.domain.replay import ReplayMark
from hookline.domain.route import RoutedEvent
from hookline.errors import UnavailableError
from hookline.pipeline.audited import Run
from hookline.pipeline.erasure import ErasureRequest
from hookline.ports.event_store import EventFilter
from hookline.ports.replays import ReplayRecord
from hookline.runtimes.embedded.wiring.erasure import erasure_in
from unit.sqlite.files import columns, opened, python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hookline.domain.event import Event

NAME = "Zaphodbeeblebrox"
WHERE = json.dumps({"data": {"name": [NAME]}})
RUN = Run(id="x1", actor="bob@desk", at=START, reason="request 17")

ERASED = {
    "deduplications": {"group_id", "id"},
    "dictionaries": {"bytes"},
    "events": {"body", "metadata", "reason", "reference"},
    "fifo_groups": {"name"},
    "messages": {"attributes", "body", "deduplication_id", "group_id", "last_failure", "sealed", "system"},
    "rejected": {"body", "headers", "path", "query"},
    "set_aside": {"body"},
}
"""Columns that can hold a part of a body or of its request: an erasure removes it."""

KEPT = {
    "deduplications": {"message", "queue", "until"},
    "dictionaries": {"id", "made_at", "sealed", "source"},
    "event_kinds": {"id", "source", "type"},
    "event_places": {"event", "kind", "received_at"},
    "events": {
        "attempts",
        "body_sha256",
        "codec",
        "conflicts",
        "content_type",
        "expires_at",
        "id",
        "known_until",
        "next_at",
        "received_at",
        "replay",
        "replay_queue",
        "seq",
        "since",
        "source",
        "status",
        "time",
        "type",
    },
    "fifo_groups": {"free_at", "head", "queue"},
    "messages": {
        "dead_at",
        "dead_last_at",
        "dead_queue",
        "dead_receives",
        "event",
        "event_id",
        "first_received_at",
        "id",
        "last_received_at",
        "queue",
        "receipt",
        "receives",
        "replay",
        "sent_at",
        "visible_at",
    },
    "rejected": {"code", "codec", "expires_at", "id", "method", "received_at", "size", "source"},
    "set_aside": {"body_sha256", "codec", "event", "received_at"},
}
"""Ids, names, numbers, times and digests, which stay or go with their rows: they make a second delivery known."""

NO_PART_OF_A_BODY = {
    "access_keys",
    "alert_states",
    "armed",
    "arrived",
    "claims",
    "clock",
    "event_index",
    "event_key_runs",
    "event_keys",
    "event_segments",
    "move_tasks",
    "pauses",
    "probe",
    "queues",
    "sqlite_sequence",
    "sqlite_stat1",
    "sqlite_stat4",
    "storage_keys",
    "waiting_counts",
}
"""Tables of settings, counts, keyed hashes and digests."""

UNREACHABLE = {"audit", "replays"}
"""Tables with operators' own texts; an erasure says that it cannot reach them."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is made, in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "hookline.db"


def tables(path: Path) -> dict[str, set[str]]:
    """Every table of the file with its columns."""
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in names}


def holding(path: Path, text: str = NAME) -> set[tuple[str, str]]:
    """Each table and column that has this text somewhere."""
    found = set()
    with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        for table, columns in tables(path).items():
            for column in columns:
                statement = f"SELECT 1 FROM {table} WHERE instr(CAST({column} AS BLOB), CAST(? AS BLOB)) LIMIT 1"  # noqa: S608 -- names of the schema
                if connection.execute(statement, (text,)).fetchone():
                    found.add((table, column))
    return found


def files_with(path: Path, *texts: bytes) -> list[str]:
    """The files of the folder that have one of these bytes anywhere, also where SQLite does not look."""
    return [one.name for one in sorted(path.parent.iterdir()) if any(text in one.read_bytes() for text in texts)]


def of(name: str, who: str, received_at: object = START, **more: object) -> Event:
    """An event about a person."""
    body = json.dumps({"event_id": name, "name": who, "currency": "EUR", **more}).encode()
    return replace(event(name, body), received_at=received_at)  # type: ignore[arg-type]  # as given


def noise(number: int) -> str:
    """Another person's name."""
    return f"person{random.Random(number).randbytes(8).hex()}"


def keep(database: Database, *items: RoutedEvent) -> None:
    """Store them."""
    batch = SqliteRoutedStore(database).stage(items)
    assert batch is not None
    batch.commit()


def erase(database: Database, **allowed: bool) -> int:
    """Erase what is stored of the person; how many events went."""
    asked, erasure = ErasureRequest(where=WHERE, **allowed), erasure_in(database)
    done = erasure.run(asked, erasure.plan(asked), RUN)
    assert done.is_whole
    return done.events


def test_every_column_is_known_to_the_erasure(path: Path) -> None:
    """A new column has to be erased, or named here as one that holds no part of a body."""
    with opened(path):
        found = tables(path)

    assert set(found) <= {*ERASED, *KEPT, *NO_PART_OF_A_BODY, *UNREACHABLE}
    for table in ERASED.keys() | KEPT.keys():
        assert found[table] == ERASED.get(table, set()) | KEPT.get(table, set()), table


def fill(database: Database) -> None:
    """Have the name in every column that can hold it."""
    event_store, queues = SqliteEventStore(database), SqliteQueues(database)
    keep(database, *(routed(of(f"other{n}", noise(n), note="n" * 100), "payments") for n in range(3)))
    for start in range(0, 96, 8):
        theirs = (of(f"hers{start + n}", NAME, n=start + n, note="n" * 100) for n in range(8))
        keep(database, *(routed(one, "payments") for one in theirs))
    noted = replace(
        of("noted", NAME), metadata={"secret": "S", "transactionreference": f"{NAME}-1", "headerfrom": NAME}
    )
    keep(database, RoutedEvent(event=noted, queues=("orders",), groups={"orders": f"g-{NAME}"}, status=noted.status))
    event_store.add([of("noted", NAME, second=True), of("waits", NAME)])
    SqliteOutbox(database).fail(of("waits", NAME).id, reason=f"{NAME} is no customer")
    said = grouped("sent", NAME)
    text = json.dumps({"specversion": "1.0", "id": "sent", "data": {"name": NAME}})
    sent = replace(said, body=text, attributes={"who": NAME}, system={"AWSTraceHeader": NAME})
    queues.send("orders", [sent])
    (delivery, *_) = queues.receive("orders", max_messages=10)
    queues.failed("orders", delivery.receipt, reason=f"no customer {NAME}")
    call = rejected(json.dumps({"name": NAME}).encode(), query=f"who={NAME}", headers=[(b"x-who", NAME.encode())])
    SqliteQuarantine(database, QUARANTINE).keep([replace(call, request=replace(call.request, path=f"/webhook/{NAME}"))])


def test_no_part_of_a_person_is_in_any_column_afterwards(path: Path) -> None:
    """The name is put wherever it can occur; only what operators wrote themselves is left."""
    with opened(path, queues=(*QUEUES, ORDERS)) as database:
        fill(database)
        wanted = EventFilter(text=NAME, since=START)
        record = ReplayRecord(id="r1", asked=NAME, wanted=wanted, reason="", actor="bob", begun_at=START, matched=0)
        SqliteReplays(database).save(record)
        SqliteAuditLog(database).write(RUN.entry("replay", "events", asked=NAME))
        before = holding(path)

        erased = erase(database, undelivered=True)
        after = holding(path)

    reached = {(table, column) for table, columns in ERASED.items() for column in columns}
    own = {("deduplications", "id"), ("messages", "deduplication_id")}  # made of ids only
    sealed = {("messages", "sealed")}  # nothing is in it without a key
    assert erased == 98
    assert reached - own - sealed <= before
    assert {table for table, _ in after} <= UNREACHABLE


def test_no_file_of_the_data_directory_has_a_byte_of_it(path: Path) -> None:
    """SQLite leaves what was removed in free pages, in gaps between rows, and in its log."""
    large = [of(f"large{n}", NAME, text=[noise(1000 * n + k) for k in range(300)]) for n in range(150)]
    packed = [zlib.compress(one.body, 1) for one in large]
    forms = (NAME.encode(), *(one[200:232] for one in packed), *(one[-64:-32] for one in packed))
    with opened(path, patience=5, clock=SystemClock()) as database:
        for start in range(0, 600, 20):
            people = [NAME if n % 3 == 0 else noise(n) for n in range(start, start + 20)]
            keep(database, *(routed(of(f"e{start + n}", who, x=noise(-n)), "payments") for n, who in enumerate(people)))
            if start == 300:
                keep(database, *(routed(one, "payments") for one in large))
                database.checkpoint()
        assert len(files_with(path, forms[0])) == 2
        assert "hookline.db" in files_with(path, forms[1])
        assert "hookline.db" in files_with(path, forms[-1])

        erased = erase(database)
        left = files_with(path, *forms)

        others = SqliteEventStore(database).find(EventFilter(), limit=1000)
    assert erased == 350
    assert left == files_with(path, *forms) == []
    assert sum(not is_erased(one.event) for one in others) == 400
    assert all(noise(1) in one.event.body.decode() for one in others if one.event.id == "transactions:e1")


def test_what_was_removed_earlier_goes_too(path: Path) -> None:
    """An older version left the bytes of what it removed in its pages, and a person's expired events are such."""
    with opened(path, patience=5, clock=SystemClock()) as database:
        for start in range(0, 400, 20):
            people = [(n, NAME if n % 2 else noise(n)) for n in range(start, start + 20)]
            keep(database, *(routed(of(f"e{n}", who), "payments") for n, who in people))
        database.checkpoint()
        with closing(apsw.Connection(str(path))) as older:
            older.execute("PRAGMA secure_delete = 0")
            older.execute("DELETE FROM events WHERE instr(body, CAST(? AS BLOB)) AND seq % 3 > 0", (NAME,))
        database.checkpoint()
        assert "hookline.db" in files_with(path, NAME.encode())
        assert len(columns(path, f"SELECT 1 FROM events WHERE instr(body, CAST('{NAME}' AS BLOB))")) in range(60, 70)  # noqa: S608 -- a constant

        erase(database)

        assert files_with(path, NAME.encode()) == []


def test_the_log_is_overwritten_before_it_is_cut(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes that are cut off a file stay on the disk."""
    seen = []
    fold = Database.fold

    def seen_first(self: Database, mode: int = apsw.SQLITE_CHECKPOINT_TRUNCATE) -> None:
        seen.append((mode, files_with(path, NAME.encode())))
        fold(self, mode)

    with opened(path, patience=5, clock=SystemClock()) as database:
        for start in range(0, 4000, 100):
            people = [(n, NAME if n % 2 else noise(n)) for n in range(start, start + 100)]
            keep(database, *(routed(of(f"e{n}", who), "payments") for n, who in people))
        monkeypatch.setattr(Database, "fold", seen_first)

        erase(database)

    assert seen == [
        (apsw.SQLITE_CHECKPOINT_RESTART, ["hookline.db-wal"]),
        (apsw.SQLITE_CHECKPOINT_TRUNCATE, []),
    ]


def test_a_dictionary_that_has_the_name_is_created_again_and_others_bodies_stay(path: Path) -> None:
    """A text in every fourth event of a source goes into the dictionary, also where it is one customer's name."""
    clock = MemoryClock(START)
    others: dict[str, bytes] = {}
    with opened(path, clock=clock) as database:
        for start in range(0, 400, 20):
            people = [(n, NAME if n % 2 else noise(n)) for n in range(start, start + 20)]
            events = [of(f"e{n}", who, note="everybody says this " * 8) for n, who in people]
            others |= {one.id: one.body for one in events[::2]}
            keep(database, *(routed(one, "payments") for one in events))
        before = holding(path)

        erase(database)
        store = SqliteEventStore(database)
        kept = {id_: stored.event.body for id_ in others if (stored := store.get(id_)) is not None}
        keep(
            database, *(routed(of(f"new{n}", noise(-n), note="everybody says this " * 8), "payments") for n in range(9))
        )

    assert ("dictionaries", "bytes") in before
    assert holding(path) == set()
    assert kept == others
    with closing(apsw.Connection(str(path))) as connection:
        ((number, size),) = connection.execute("SELECT max(id), length(bytes) FROM dictionaries")
        codecs = {codec for (codec,) in connection.execute("SELECT DISTINCT codec FROM events WHERE length(body) > 0")}
    assert size > 0
    assert codecs <= {None, f"zstd:{number}"}
    assert f"zstd:{number}" in codecs


@pytest.mark.slow
def test_two_erasures_at_the_same_time_leave_every_other_body_readable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each creates the dictionary again: what one packs with its own must not be lost when the other removes that."""
    second_name = "Trillianmcmillan"
    people = (NAME, second_name, *map(noise, range(2)))
    others: dict[str, bytes] = {}
    waiting: list[tuple[Any, ...]] = []
    real_rows, real_repack = query.rows, unlearning._repack

    def erase_both(asked: ErasureRequest, run: Run) -> None:
        with opened(path, queues=None, patience=5) as database:
            erasure = erasure_in(database)
            erasure.run(asked, erasure.plan(asked), run)

    def repack(*words: Any) -> None:
        if not waiting:  # the first waits until the second has looked at which bodies it has to pack
            waiting.append(words)
            erase_both(ErasureRequest(where=json.dumps({"data": {"name": [second_name]}})), replace(RUN, id="x2"))
        else:
            monkeypatch.setattr(unlearning, "rows", rows_then_the_first)
            real_repack(*words)

    def rows_then_the_first(*words: Any) -> Any:
        found = real_rows(*words)
        monkeypatch.setattr(unlearning, "rows", real_rows)
        real_repack(*waiting[0])
        return found

    with opened(path) as database:
        for n in range(400):
            one = replace(of(f"e{n}", people[n % 4], note="everybody says this " * 8), type=f"t{n % 4}")
            others |= {one.id: one.body} if n % 4 > 1 else {}
            keep(database, routed(one, "payments"))
    assert ("dictionaries", "bytes") in holding(path)
    assert ("dictionaries", "bytes") in holding(path, second_name)
    monkeypatch.setattr(unlearning, "_repack", repack)

    erase_both(ErasureRequest(where=WHERE), RUN)

    with opened(path, queues=None) as database:
        kept = {id_: found.event.body for id_ in others if (found := SqliteEventStore(database).get(id_)) is not None}
    assert kept == others
    assert holding(path) == holding(path, second_name) == set()


def test_another_erasure_that_ends_meanwhile_takes_nothing_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both fill free pages from one table of zeros, which the first to end drops."""
    real, turns = scrub._in_a_transaction, iter(range(1000))

    @contextmanager
    def in_turns(database: Database) -> Iterator[apsw.Connection]:
        if next(turns) in {1, 2, 3, 5}:
            with closing(apsw.Connection(str(path))) as other:
                other.execute("DROP TABLE IF EXISTS zeros")
        with real(database) as connection:
            yield connection

    monkeypatch.setattr(scrub, "_in_a_transaction", in_turns)
    with opened(path, patience=5, clock=SystemClock()) as database:
        keep(
            database,
            *(routed(of(f"e{n}", NAME if n % 2 else noise(n), note="n" * 150), "payments") for n in range(300)),
        )

        erased = erase(database)

    assert erased == 150
    assert files_with(path, NAME.encode()) == []


def test_a_dictionary_that_is_learned_meanwhile_is_cleaned_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at the dictionaries and the new one, a server may write one that has the name."""
    real = unlearning._private
    calls: list[object] = []
    with opened(path, patience=5) as server, opened(path, queues=None, patience=5) as command:
        keep(server, *(routed(of(f"e{n}", NAME, note="n" * 150), "payments") for n in range(60)))

        def learned_meanwhile(*words: Any) -> set[bytes]:
            found = real(*words)
            if not calls:
                keep(server, *(routed(of(f"f{n}", NAME, note="n" * 150), "payments") for n in range(10)))
                assert ("dictionaries", "bytes") in holding(path)
            calls.append(words)
            return found

        monkeypatch.setattr(unlearning, "_private", learned_meanwhile)
        erase(command, everything=True)

    assert len(calls) == 2
    assert holding(path) == set()


def test_a_damaged_body_does_not_block_the_others(path: Path) -> None:
    """One page that cannot be read must not stop the erasure of a person: it is named, and removed by its id."""
    with opened(path, patience=5, clock=SystemClock()) as database:
        large = [of(f"e{n}", NAME, text=[noise(k) for k in range(400)]) for n in range(4)]
        keep(database, *(routed(one, "payments") for one in large))
        second = [
            of("e3", NAME, text=[noise(k) for k in range(401)]),
            of("e3", NAME, text=[noise(k) for k in range(402)]),
        ]
        SqliteEventStore(database).add(second)
        with database.write() as connection:
            connection.execute("UPDATE events SET body = x'00' WHERE id LIKE '%:e1'")
            connection.execute("UPDATE set_aside SET body = x'00' WHERE body_sha256 = ?", (second[0].body_sha256,))
        asked, erasure = ErasureRequest(where=WHERE), erasure_in(database)

        plan = erasure.plan(asked)
        done = erasure.run(replace(asked, everything=True), plan, RUN)
        by_id = ErasureRequest(where=json.dumps({"id": [of("e1", NAME).id]}))
        rest = erasure.run(by_id, erasure.plan(by_id), replace(RUN, id="x2"))

        left = SqliteEventStore(database).find(EventFilter(), limit=10)
    assert plan.unreadable == (of("e1", NAME).id,)
    assert (plan.events, done.events, rest.events) == (3, 3, 1)
    assert [("e1" in said, "damaged" in said) for said in done.remains] == [(True, True)]
    assert rest.is_whole
    assert all(is_erased(one.event) for one in left)


@pytest.mark.parametrize(
    "name", ["hookline.db-wal.damaged", "replaced-20260301T101500Z/hookline.db", "hookline.db.restored"]
)
def test_older_states_that_hookline_left_in_the_folder_are_named(path: Path, name: str) -> None:
    """A restore keeps what was there before, with every byte of it."""
    with opened(path, patience=5, clock=SystemClock()) as database:
        keep(database, routed(of("hers", NAME), "payments"), routed(of("other", noise(1)), "payments"))
        copy = path.parent / name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(NAME.encode())
        asked, erasure = ErasureRequest(where=WHERE), erasure_in(database)

        done = erasure.run(asked, erasure.plan(asked), RUN)

    assert done.events == 1
    assert [name.partition("/")[0] in said for said in done.remains] == [True]


def test_what_another_process_has_collected_to_learn_from_is_forgotten(path: Path) -> None:
    """A server has samples of bodies in memory, and would later write their common words."""
    with opened(path, patience=5) as server, opened(path, queues=None, patience=5) as command:
        keep(server, *(routed(of(f"e{n}", NAME, note="n" * 150), "payments") for n in range(40)))

        erase(command, everything=True)
        keep(server, *(routed(of(f"f{n}", noise(n), note="n" * 150), "payments") for n in range(60)))

    assert holding(path) == set()


def test_events_are_taken_while_others_are_erased(path: Path) -> None:
    """A person's data goes while senders deliver and consumers work."""
    stop, faults, taken = threading.Event(), [], []

    def send(database: Database) -> None:
        number = 0
        while not stop.is_set() or number < 50:
            one = of(f"live{number}", noise(number))
            try:
                keep(database, routed(one, "payments"))
                queues = SqliteQueues(database)
                found = queues.receive("payments", max_messages=5)
                queues.delete("payments", [delivery.receipt for delivery in found])
                taken.append(one)
                if number % 20 == 0:
                    database.checkpoint()
            except Exception as fault:  # noqa: BLE001 -- whatever it is, the test shows it
                faults.append(fault)
                return
            number += 1

    with opened(path, patience=5, clock=SystemClock()) as database:
        keep(database, *(routed(of(f"e{n}", NAME if n % 2 else noise(n)), "payments") for n in range(300)))
        sender = threading.Thread(target=send, args=(database,))
        sender.start()
        with opened(path, queues=None, patience=5, clock=SystemClock()) as command:
            erased = erase(command)
            left = files_with(path, NAME.encode())
        stop.set()
        sender.join(60)
        kept = {one.id: stored for one in taken if (stored := SqliteEventStore(database).get(one.id)) is not None}

    assert faults == []
    assert (erased, left) == (150, [])
    assert len(taken) >= 50
    assert {id_: stored.event.body for id_, stored in kept.items()} == {one.id: one.body for one in taken}


RACERS = [f"e{n}" for n in range(120)]


def consume(database: Database) -> None:
    """Receive and delete, and fail where a message has no data."""
    queues = SqliteQueues(database)
    for delivery in queues.receive("payments", max_messages=5, visibility_timeout=timedelta(seconds=1)):
        assert "data" in json.loads(delivery.body), delivery.event_id
        queues.delete("payments", [delivery.receipt])


def replay(database: Database) -> None:
    """Put some event through again, as it was read a moment ago."""
    store, mark = SqliteEventStore(database), ReplayMark(id="r1")
    stored = store.get(of(random.choice(RACERS), "").id)
    if stored is not None and store.reopen(stored.event.id, mark):
        SqliteOutbox(database).deliver([replace(routed(stored.event, "payments"), replay_id="r1")])


def recover(database: Database) -> None:
    """Deliver what waits."""
    outbox, later = SqliteOutbox(database), database.clock.now() + timedelta(days=1)
    found = outbox.pending(received_before=later, due_at=later, limit=9)
    outbox.deliver([routed(one.event, "payments") for one in found])


@pytest.mark.slow
def test_consumers_replays_and_recovery_may_race_with_an_erasure(path: Path) -> None:
    """No consumer gets a message without its data, and nothing is put on a queue that was erased."""
    stop = threading.Event()
    faults: list[Exception] = []

    def again_and_again(work: Callable[[Database], None], database: Database) -> None:
        while not (stop.is_set() or faults):
            try:
                work(database)
            except Exception as fault:  # noqa: BLE001 -- whatever it is, the test shows it
                faults.append(fault)

    with opened(path, patience=5, clock=SystemClock()) as database:
        keep(database, *(routed(of(name, NAME if n % 2 else noise(n)), "payments") for n, name in enumerate(RACERS)))
        threads = [
            threading.Thread(target=again_and_again, args=(work, database))
            for work in (consume, replay, replay, recover)
        ]
        for thread in threads:
            thread.start()
        asked, erasure = ErasureRequest(where=WHERE, undelivered=True), erasure_in(database)
        done = erasure.run(asked, erasure.plan(asked), RUN)
        stop.set()
        for thread in threads:
            thread.join(60)
        standing = SqliteErasures(database).standing([of(name, "").id for name in RACERS[1::2]])
        erasure.run(asked, erasure.plan(asked), replace(RUN, id="x2"))

    assert faults == []
    assert done.events == 60
    assert dict(standing) == {}
    assert holding(path) == set()
    assert files_with(path, NAME.encode()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, erasures, scrub, unlearning
from hookline.pipeline.audited import Run
from hookline.pipeline.erasure import ErasureRequest
from hookline.runtimes.embedded.wiring.erasure import erasure_in
path, where, after, pattern = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
module, _, name = where.rpartition(".")
holder = {"unlearning": unlearning, "scrub": scrub, "SqliteErasures": erasures.SqliteErasures}[module]
real, calls = getattr(holder, name), [0]
def counted(*words, **named):
    calls[0] += 1
    if calls[0] > after:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words, **named)
setattr(holder, name, counted)
database = Database.open(path, clock=SystemClock())
asked, erasure = ErasureRequest(where=pattern), erasure_in(database)
erasure.run(asked, erasure.plan(asked), Run(id="x0", actor="bob@desk", at=SystemClock().now(), reason="request 17"))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "after"),
    [
        ("unlearning._repack_one", 30),
        ("unlearning._repack", 0),
        ("SqliteErasures._erase", 0),
        ("SqliteErasures._empty", 7),
        ("SqliteErasures.erase", 1),
        ("SqliteErasures.scrub", 0),
        ("scrub._in_a_transaction", 1),
        ("scrub._in_a_transaction", 2),
        ("scrub._overwrite_log", 0),
        ("scrub._in_a_transaction", 4),
    ],
)
def test_an_erasure_that_was_killed_is_finished_by_the_next(path: Path, where: str, after: int) -> None:
    """Kill -9 at any moment: each event is erased as one or not at all, and the audit log has a run without an end."""
    with opened(path, clock=SystemClock()) as database:
        for start in range(0, 300, 20):
            items = [of(f"e{n}", NAME if n % 2 else noise(n), note="n" * 150) for n in range(start, start + 20)]
            keep(database, *(routed(one, "payments") for one in items))

    with python(KILLED, path, where, after, WHERE) as process:
        code = process.wait(60)
    with opened(path, queues=None, patience=5, clock=SystemClock()) as database:
        half = [one.event for one in SqliteEventStore(database).find(EventFilter(), limit=1000) if is_erased(one.event)]
        audit = SqliteAuditLog(database)
        killed = audit.newest(limit=5)
        counted = erase(database)
        left = files_with(path, NAME.encode())
        check = apsw.Connection(str(path)).execute("PRAGMA integrity_check").fetchall()

    assert code == -signal.SIGKILL
    assert [(one.id, one.affected) for one in killed] == [("x0", None)]
    assert counted == 150 - len(half)
    assert left == []
    assert check == [("ok",)]
    assert holding(path) == set()


def test_a_log_that_a_reader_needs_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report leaves out nothing that may still be there."""
    monkeypatch.setattr(scrub, "_PATIENCE", 0.3)
    with opened(path, clock=SystemClock()) as database:
        keep(database, routed(of("hers", NAME), "payments"), routed(of("other", noise(1)), "payments"))
        with closing(apsw.Connection(str(path))) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchall()
            asked, erasure = ErasureRequest(where=WHERE), erasure_in(database)
            done = erasure.run(asked, erasure.plan(asked), RUN)
            in_use = files_with(path, NAME.encode())
            reader.execute("COMMIT")

        again = erasure.run(asked, erasure.plan(asked), replace(RUN, id="x2"))

    assert not done.is_whole
    assert "reader" in done.remains[0]
    assert in_use
    assert again.is_whole
    assert files_with(path, NAME.encode()) == []


@pytest.mark.slow
def test_a_large_file_is_rewritten_only_on_demand(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers would wait, so the operator decides. Free pages are overwritten in any case."""
    monkeypatch.setattr(scrub, "QUICKLY_REWRITTEN", 0)
    large = [of(f"large{n}", NAME, text=[noise(1000 * n + k) for k in range(900)]) for n in range(400)]
    packed = [zlib.compress(one.body, 1) for one in large]
    forms = (NAME.encode(), *(one[200:232] for one in packed), *(one[-64:-32] for one in packed))
    with opened(path, clock=SystemClock()) as database:
        for start in range(0, 400, 50):
            keep(database, *(routed(one, "payments") for one in large[start : start + 50]))
        keep(database, routed(of("other", noise(1)), "payments"))
        database.checkpoint()
        assert "hookline.db" in files_with(path, *forms)
        asked, erasure = ErasureRequest(where=WHERE), erasure_in(database)

        short = erasure.run(asked, erasure.plan(asked), RUN)
        left = files_with(path, *forms)
        whole = erasure.run(replace(asked, rewrite=True), erasure.plan(asked), replace(RUN, id="x2"))

    assert "--rewrite" in short.remains[0]
    assert left == []
    assert whole.is_whole


def test_a_file_that_cannot_be_rewritten_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There may be no room for a second one: what was erased stays erased, and the command says what is left to do."""
    with opened(path, clock=SystemClock()) as database:
        keep(database, routed(of("hers", NAME), "payments"), routed(of("other", noise(1)), "payments"))

        def no_room(_database: Database, size: int) -> None:
            raise UnavailableError("storage_unavailable", f"no room for {size} bytes")

        asked, erasure = ErasureRequest(where=WHERE), erasure_in(database)
        with monkeypatch.context() as patch:
            patch.setattr(scrub, "_write_anew", no_room)
            short = erasure.run(asked, erasure.plan(asked), RUN)
        whole = erasure.run(asked, erasure.plan(asked), replace(RUN, id="x2"))

    assert short.events == 1
    assert "no room for" in short.remains[0]
    assert whole.is_whole
    assert files_with(path, NAME.encode()) == []


def test_many_free_pages_are_overwritten_without_a_log_of_their_size(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store from which much was removed may have gigabytes of free pages."""
    monkeypatch.setattr(scrub, "_STEP", 20)
    monkeypatch.setattr(scrub, "_BETWEEN_CHECKPOINTS", 4)
    monkeypatch.setattr(scrub, "QUICKLY_REWRITTEN", 0)
    with opened(path, clock=SystemClock()) as database:
        text = "".join(noise(n) for n in range(2000))
        keep(database, *(routed(of(f"large{n}", NAME, text=text[n:]), "payments") for n in range(300)))
        keep(database, routed(of("other", noise(1)), "payments"))
        with database.write() as connection:
            connection.execute("UPDATE events SET body = x'' WHERE id <> 'transactions:other'")
        database.fold()
        free = database.sizes().empty
        scrub._fill_free_pages(database)
        log = database.sizes().log

    assert free > 4_000_000
    assert log < free / 4


def test_sealed_bodies_are_erased_and_stay_so_when_all_is_sealed_again(path: Path) -> None:
    """The dictionary is sealed too, and created again; a tombstone that is sealed with another key is still one."""
    old, new = (StorageKey(name=name, value=name.encode() * 8) for name in ("KEY1", "KEY2"))
    others: dict[str, bytes] = {}
    with sealed_with(path, old) as database:
        for start in range(0, 400, 20):
            people = [(n, NAME if n % 2 else noise(n)) for n in range(start, start + 20)]
            events = [of(f"e{n}", who, note="everybody says this " * 8) for n, who in people]
            others |= {one.id: one.body for one in events[::2]}
            keep(database, *(routed(one, "payments") for one in events))

        erased = erase(database)
        (content,) = columns(path, "SELECT bytes FROM dictionaries WHERE length(bytes) > 0")
        words = database.sealing.dictionary(bytes(content[0]))  # type: ignore[call-overload]  # it is a BLOB
    with sealed_with(path, new, old) as database:
        for _ in SqliteResealing(database).run():
            pass
    with sealed_with(path, new) as database:
        found = {one.event.id: one.event for one in SqliteEventStore(database).find(EventFilter(), limit=1000)}
        again = erase(database)

    assert (erased, again) == (200, 0)
    assert NAME.encode() not in words
    assert b"everybody" in words
    assert {id_: event.body for id_, event in found.items() if not is_erased(event)} == others
    assert [event.body for event in found.values() if is_erased(event)] == [b""] * 200


@contextmanager
def sealed_with(path: Path, *keys: StorageKey) -> Iterator[Database]:
    """The database, sealed with the first of these keys."""
    database = Database.open(path, clock=SystemClock(), queues=QUEUES, sealing=Sealing(keys))
    try:
        yield database
    finally:
        database.close()
