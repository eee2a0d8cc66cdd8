"""Bodies that are packed against what those of their source have in common: small in the file, and for all others the received bytes."""

from __future__ import annotations

import random
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

import apsw
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.builders import START, event, routed
from effort import examples
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    DataDirectory,
    SqliteEventStore,
    SqliteQueues,
    SqliteReplays,
    SqliteRetention,
    SqliteRoutedStore,
    schema,
)
from hookline.adapters.sqlite.backup import back_up
from hookline.adapters.sqlite.common_text import LONGEST, common_text
from hookline.adapters.sqlite.restore import restore
from hookline.domain.event import Outcome
from hookline.domain.retention import EventRetention
from hookline.errors import DamagedError
from hookline.ports.event_store import EventFilter
from unit.sqlite.files import columns, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from hookline.adapters.sqlite import Database
    from hookline.domain.event import Event

RETENTION = timedelta(days=30)
DICTIONARIES = "SELECT id, source, bytes FROM dictionaries ORDER BY id"
LARGE = b"[" + b"1.10," * 2000 + b"0]"
BEFORE = schema.MIGRATIONS.index(schema._VERSION_18)
INSERT_INTO_OLDER = """
INSERT INTO events (id, source, type, time, received_at, content_type, body_sha256, status, since, expires_at, codec, body)
VALUES (?, 'transactions', 'payment', '2026-01-02T03:04:05Z', ?, 'application/json', ?, 'routed', ?, ?, ?, ?)
"""
CODECS = "SELECT codec, count(*), avg(length(body)) FROM events GROUP BY codec ORDER BY min(seq)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is made."""
    return tmp_path / "hookline.db"


def payment(number: int, **more: object) -> bytes:
    """A body of some hundred bytes, of which a third is its own."""
    draw = random.Random(number)
    return orjson.dumps(
        {
            "event_id": f"evt_{draw.randbytes(12).hex()}",
            "transaction_type": "payment",
            "amount": f"{draw.randrange(10_000)}.{draw.randrange(100):02d}",
            "currency": "EUR",
            "customer": {"id": f"cus_{draw.randbytes(8).hex()}", "email": f"{draw.randbytes(6).hex()}@mail.example"},
            "payment_method": {"type": "card", "brand": "visa", "funding": "credit", "three_d_secure": "authenticated"},
            "metadata": {"channel": "web", "campaign": "summer", "note": "Grüße, 你好"},
            **more,
        }
    )


def events(numbers: Iterable[int], *, source: str = "transactions", **more: object) -> list[Event]:
    """An event for each number."""
    return [event(f"evt_{number}", payment(number, **more), source=source) for number in numbers]


def store(database: Database, wanted: Sequence[Event], *, at_once: int = 20) -> None:
    """Store events with their messages, a few in each transaction."""
    for start in range(0, len(wanted), at_once):
        batch = SqliteRoutedStore(database).stage([routed(one, "payments") for one in wanted[start : start + at_once]])
        assert batch is not None
        batch.commit()


def assert_readable(database: Database, wanted: Iterable[Event]) -> None:
    """Each body is the bytes that were received."""
    for one in wanted:
        stored = SqliteEventStore(database).get(one.id)
        assert stored is not None
        assert stored.event.body == one.body


def packed(path: Path) -> int:
    """How many events are packed against a dictionary."""
    ((count,),) = columns(path, "SELECT count(*) FROM events WHERE codec LIKE 'zstd:%'")
    assert isinstance(count, int)
    return count


def test_bodies_take_a_third_once_some_of_their_source_were_stored(path: Path) -> None:
    """Most of what a sender sends is the same each time, and each byte is written to the disk twice."""
    with opened(path) as database:
        wanted = events(range(200))
        store(database, wanted)

        assert_readable(database, wanted)

    (_, plain, before), (codec, rest, after) = columns(path, CODECS)
    assert (codec, plain, rest) == ("zstd:1", 64, 136)
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert after * 3 < before


def test_each_source_has_its_own_and_short_bodies_none(path: Path) -> None:
    """The common parts of one sender's bodies do not help for another's, and are not mixed with them."""
    with opened(path) as database:
        store(database, events(range(70)))
        store(database, events(range(70), source="other", shop="of another sender"))
        store(database, [event(f"short_{number}", b'{"n":%d}' % number, source="short") for number in range(70)])

    found = columns(path, DICTIONARIES)
    assert [(number, source) for number, source, _ in found] == [(1, "transactions"), (2, "other")]
    assert [b"another" in bytes(dictionary) for _, _, dictionary in found if isinstance(dictionary, bytes)] == [
        False,
        True,
    ]
    assert columns(path, "SELECT DISTINCT source, codec FROM events WHERE codec IS NOT NULL ORDER BY 2") == [
        ("transactions", "zstd:1"),
        ("other", "zstd:2"),
    ]


def test_a_server_that_starts_again_continues_with_the_dictionary(path: Path) -> None:
    """It learned it once; to learn it at each start would leave the bodies unpacked until then."""
    with opened(path) as database:
        store(database, events(range(70)))
    with opened(path) as database:
        store(database, events(range(70, 100)))
        assert_readable(database, events(range(100)))

    assert packed(path) == 36
    assert len(columns(path, DICTIONARIES)) == 1


def test_consumers_get_the_bytes_that_were_received(path: Path) -> None:
    """Promise 5, for a message that is made of a packed event."""
    wanted = events(range(100))
    with opened(path) as database:
        store(database, wanted)
        queues = SqliteQueues(database)
        received = [one for _ in range(10) for one in queues.receive("payments", max_messages=10)]

    data = {one.event_id: one.body for one in received}
    assert len(data) == 100
    assert all(one.body.decode() in data[one.id] for one in wanted)


BODIES = st.one_of(
    st.binary(max_size=400),
    st.builds(payment, st.integers(0, 10_000)),
    st.builds(lambda number, note: payment(number, note=note), st.integers(0, 10_000), st.text(max_size=200)),
    st.builds(lambda part, times: part * times, st.binary(min_size=1, max_size=64), st.integers(1, 600)),
    st.builds(lambda seed, size: random.Random(seed).randbytes(size), st.integers(), st.integers(0, 10_000)),
    st.builds(lambda number, size: payment(number) + b" " * size, st.integers(0, 9), st.integers(7_000, 9_000)),
)


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(BODIES, min_size=1, max_size=30), learned=st.booleans(), at_once=st.integers(1, 20))
def test_any_body_comes_out_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes], *, learned: bool, at_once: int
) -> None:
    """Promise 5, for any dictionary, in the transaction that creates it as well as after it."""
    path = tmp_path_factory.mktemp("any") / "hookline.db"
    with opened(path) as database:
        if learned:
            store(database, events(range(70)), at_once=at_once)
        wanted = [event(f"any_{number}", body) for number, body in enumerate(bodies)]
        store(database, [*wanted, *events(range(100, 170))], at_once=at_once)

        assert_readable(database, wanted)
        assert packed(path) > 0


def test_a_dictionary_that_was_undone_is_not_used(path: Path) -> None:
    """A body that is packed against a row that is not there could never be read."""
    with opened(path) as database:
        store(database, events(range(60)))
        undone = SqliteRoutedStore(database).stage([routed(one, "payments") for one in events(range(60, 90))])
        assert undone is not None
        undone.rollback()

        store(database, events(range(100, 130)))

        assert columns(path, DICTIONARIES) == []
        assert packed(path) == 0
        store(database, events(range(130, 200)))
        assert packed(path) > 0
        assert_readable(database, [*events(range(60)), *events(range(100, 200))])


def test_a_number_that_another_process_got_after_an_undone_one_means_its_row(path: Path) -> None:
    """The process must not read the other's bodies with its own undone dictionary."""
    with opened(path) as one, opened(path) as other:
        store(one, events(range(60)))
        undone = SqliteRoutedStore(one).stage([routed(item, "payments") for item in events(range(60, 90))])
        assert undone is not None
        undone.rollback()
        theirs = events(range(1000, 1070), source="other", shop="of another sender")
        store(other, theirs)

        store(one, events(range(60, 200)))

        assert_readable(one, [*events(range(200)), *theirs])
        assert {source for _, source, _ in columns(path, DICTIONARIES)} == {"other", "transactions"}


def test_two_processes_that_take_turns_can_read_each_others_events(path: Path) -> None:
    """`rejected retry` stores events while the server runs, and each must find the other's dictionaries."""
    wanted = events(range(400))
    with opened(path) as one, opened(path) as other:
        for start in range(0, 400, 20):
            store(one if start % 40 else other, wanted[start : start + 20])

        assert_readable(one, wanted)
        assert_readable(other, wanted)
    assert packed(path) > 200


def _older_file(path: Path) -> list[Event]:
    """A file of the last version without dictionaries, with an unchanged body and one that is compressed; its events."""
    plain, large = event("plain", payment(1)), event("large", LARGE)
    connection = apsw.Connection(str(path))
    for step in schema.MIGRATIONS[:BEFORE]:
        connection.execute(step)
    connection.execute(f"PRAGMA user_version = {BEFORE}; PRAGMA application_id = {schema.APPLICATION_ID}")
    at = int(START.timestamp()) * 1_000_000
    connection.executemany(
        INSERT_INTO_OLDER,
        [
            (plain.id, at, plain.body_sha256, at, at * 2, None, plain.body),
            (large.id, at, large.body_sha256, at, at * 2, "zlib", zlib.compress(large.body, 1)),
        ],
    )
    connection.close()
    return [plain, large]


def test_a_file_of_the_version_before_keeps_its_bodies(path: Path) -> None:
    """Those that were stored unchanged, and those that were compressed separately."""
    older = _older_file(path)

    with opened(path) as database:
        store(database, events(range(100)))

        assert_readable(database, [*older, *events(range(100))])
    assert packed(path) == 36


def test_a_copy_of_the_version_before_can_be_checked_and_restored(path: Path, tmp_path: Path) -> None:
    """The last backup before an upgrade is the one that is needed after it."""
    older = _older_file(path)

    report = back_up(path, tmp_path / "copy.db")
    restored = restore(tmp_path / "copy.db", DataDirectory(tmp_path / "restored"), replace=False, now=START)

    assert (report.faults, report.bodies_checked, restored.report.faults) == ((), 2, ())
    with opened(tmp_path / "restored" / "hookline.db") as database:
        assert_readable(database, older)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("DELETE FROM dictionaries", "stored as zstd:1, but that dictionary is missing"),
        ("UPDATE dictionaries SET bytes = zeroblob(length(bytes))", "does not match its SHA-256"),
        ("UPDATE events SET body = x'ffff' WHERE codec IS NOT NULL", "cannot be decompressed"),
        ("UPDATE events SET codec = 'zlib' WHERE codec IS NOT NULL", "cannot be decompressed"),
        ("UPDATE events SET codec = 'of tomorrow' WHERE codec IS NOT NULL", "stored as of tomorrow"),
    ],
    ids=["missing", "other", "bytes", "codec", "unknown"],
)
def test_a_body_that_cannot_be_unpacked_is_damage_and_never_other_bytes(path: Path, damage: str, says: str) -> None:
    """In every way to it: the event, a listing, a search, a receive, and a backup, which is refused."""
    with opened(path) as database:
        store(database, events(range(70)))
        database.fold()
        columns(path, damage)
        events_, queues = SqliteEventStore(database), SqliteQueues(database)
        ways: list[Callable[[], object]] = [
            lambda: events_.get("transactions:evt_69"),
            lambda: events_.find(EventFilter(), limit=100),
            lambda: [queues.receive("payments", max_messages=10) for _ in range(7)],
        ]
        faults = []
        for way in ways:
            with pytest.raises(DamagedError) as caught:
                way()
            faults.append(caught.value)

        report = back_up(path, path.with_name("copy.db"))

    assert {fault.code for fault in faults} == {"storage_unavailable"}
    assert all(says in (fault.detail or "") and "backup can be restored" in (fault.detail or "") for fault in faults)
    assert report.faults
    assert not path.with_name("copy.db").exists()


@pytest.mark.parametrize("text", ["cus_", "Grüße", "你好", payment(150)[10:40].decode(), "no such text", "\x00"])
def test_a_text_is_found_in_packed_bodies_as_in_others(path: Path, text: str) -> None:
    """A search for a customer's number must find each event that has it, and no other."""
    wanted = events(range(160))
    with opened(path) as database:
        store(database, wanted)
        meant = EventFilter(text=text)
        found = SqliteEventStore(database).find(meant, limit=1000)
        few = SqliteEventStore(database).find(meant, limit=3)
        replayed = SqliteReplays(database).select(meant, limit=1000).events

    expected = {one.id for one in wanted if meant.takes(one)}
    assert packed(path) == 96
    assert {stored.event.id for stored in found} == {stored.event.id for stored in replayed} == expected
    assert len(few) == min(3, len(expected))


def test_an_amount_is_found_in_packed_bodies(path: Path) -> None:
    """Other bodies may have the same number in another place."""
    wanted = [*events(range(100)), *events(range(100, 103), amount="77.50"), *events([103], amount="1", other="77.5")]
    with opened(path) as database:
        store(database, wanted)
        found = SqliteEventStore(database).find(EventFilter(amount="77.5"), limit=10)

    assert [stored.event.id for stored in found] == [f"transactions:evt_{number}" for number in (102, 101, 100)]


def test_what_is_of_one_event_is_in_no_dictionary(path: Path) -> None:
    """Names, addresses and amounts go with their event: no part of them may stay behind."""
    with opened(path) as database:
        store(database, events(range(70)))

    ((_, _, dictionary),) = columns(path, DICTIONARIES)
    assert isinstance(dictionary, bytes)
    own = [orjson.loads(payment(number)) for number in range(70)]
    values = [value for body in own for value in (body["event_id"], body["customer"]["id"], body["customer"]["email"])]
    assert [value for value in values if value.encode() in dictionary] == []
    assert b'"payment_method":{"type":"card"' in dictionary


PARTS = st.sampled_from([b"alpha", b"beta", b"17", b"gamma", b"4242", b"\xc3\xa9t\xc3\xa9", b"delta"])
SAMPLES = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.lists(PARTS, max_size=8).map(b",".join)),
    max_size=40,
    unique_by=lambda one: one[1],
)


@given(SAMPLES)
def test_a_part_of_a_dictionary_is_a_part_of_four_bodies(samples: list[tuple[str, bytes]]) -> None:
    """A dictionary must not keep text that only one person's event contains."""
    found = common_text(samples)

    parts = {part for part in found.replace(b",", b" ").split() if part.isalpha() or part.isdigit()}
    assert len(found) <= LONGEST
    for part in parts & {b"alpha", b"beta", b"17", b"gamma", b"4242", b"delta"}:
        assert sum(part in body.split(b",") for _, body in samples) >= 4


def test_a_body_that_comes_again_and_again_is_one_body(path: Path) -> None:
    """A sender that repeats an event under new ids must not make that event's data common."""
    with opened(path) as database:
        store(database, [event(f"evt_{number}", payment(1)) for number in range(200)])

    assert columns(path, DICTIONARIES) == []


def test_a_refused_body_teaches_nothing(path: Path) -> None:
    """The refused body of a known id is stored unchanged for a person to look at."""
    with opened(path) as database:
        store(database, [event(f"evt_{number}", b"{}") for number in range(100)])
        batch = SqliteRoutedStore(database).stage([routed(one, "payments") for one in events(range(100))])
        assert batch is not None
        batch.commit()

    assert set(batch.outcomes) == {Outcome.CONFLICT}
    assert columns(path, DICTIONARIES) == []
    assert columns(path, "SELECT DISTINCT codec FROM set_aside") == [(None,)]


def test_bodies_that_change_are_learned_again(path: Path) -> None:
    """A sender may change the form of its bodies."""
    text = "a second version says other things in other words"
    new = [
        event(f"new_{number}", orjson.dumps({word: f"{word}{number}" for word in text.split()}))
        for number in range(700)
    ]
    with opened(path) as database:
        store(database, events(range(100)))
        store(database, new)

        assert_readable(database, [*events(range(100)), *new])

    assert len(columns(path, DICTIONARIES)) == 2
    assert columns(path, "SELECT codec, length(body) < 60 FROM events WHERE id = 'transactions:new_699'") == [
        ("zstd:2", 1)
    ]


def test_bodies_without_anything_in_common_make_no_dictionaries(path: Path) -> None:
    """Encrypted bodies are an example: each dictionary would use a row without effect."""
    noise = random.Random(5)
    with opened(path) as database:
        store(database, [event(f"evt_{number}", noise.randbytes(300)) for number in range(3000)], at_once=500)

    assert columns(path, DICTIONARIES) == []


def test_a_source_cannot_fill_the_file_with_dictionaries(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind of the bodies changes each time after a dictionary has been made."""
    monkeypatch.setattr("hookline.adapters.sqlite.dictionaries._FIRST_LOOK", 8)
    monkeypatch.setattr("hookline.adapters.sqlite.dictionaries._SAMPLES", 8)
    monkeypatch.setattr("hookline.adapters.sqlite.dictionaries._MOST", 5)
    with opened(path) as database:
        for kind in range(40):
            names = [f"{random.Random(kind * 100 + part).randbytes(9).hex()}" for part in range(12)]
            store(
                database,
                [event(f"{kind}_{number}", orjson.dumps(dict.fromkeys(names, number))) for number in range(40)],
            )

    assert len(columns(path, DICTIONARIES)) == 5


class Kept:
    """A database whose clock moves, with its retention."""

    def __init__(self, path: Path, database: Database, clock: MemoryClock) -> None:
        self.path = path
        self.clock = clock
        self.database = database
        self._retention = SqliteRetention(database)

    def after(self, duration: timedelta) -> list[int]:
        """The dictionaries that are left then."""
        self.clock.advance(duration)
        self._retention.expire_messages(limit=10_000)
        self._retention.expire_events(limit=10_000)
        return [number for number, _, text in columns(self.path, DICTIONARIES) if isinstance(number, int) and text]


def test_a_dictionary_is_replaced_and_goes_with_the_last_event_that_needs_it(path: Path) -> None:
    """What it has of bodies is gone an eighth of the retention after those bodies: the file does not remember a person for longer."""
    clock = MemoryClock(START)
    with opened(path, clock=clock, event_retention=RETENTION) as database:
        kept = Kept(path, database, clock)
        store(database, events(range(100)))
        assert kept.after(RETENTION / 16) == [1]
        last = [event(f"last_{number}", payment(number)) for number in range(20)]
        store(database, last)
        assert kept.after(RETENTION / 16) == [1]
        later = [event(f"later_{number}", payment(number)) for number in range(100)]
        store(database, later)
        assert columns(path, "SELECT DISTINCT codec FROM events WHERE id LIKE '%later%' ORDER BY 1") == [
            (None,),
            ("zstd:3",),
        ]

        assert kept.after(RETENTION * 7 / 8) == [1, 3]
        assert_readable(database, last)
        assert kept.after(RETENTION / 16) == [3]
        assert_readable(database, later)


def test_the_dictionary_of_a_source_goes_by_that_sources_retention(path: Path) -> None:
    """What it has of bodies must not outlive them for a month where their source keeps them for a week; others keep theirs."""
    clock = MemoryClock(START)
    own = timedelta(days=8)
    with opened(
        path, clock=clock, event_retention=EventRetention(usual=RETENTION, of_source={"other": own})
    ) as database:
        kept = Kept(path, database, clock)
        store(database, events(range(100)))
        store(database, events(range(100), source="other"))
        before = kept.after(own / 16)

        replaced = kept.after(own / 16)
        store(database, events(range(200, 300), source="other"))
        gone = [kept.after(own * 3 / 4), kept.after(own / 8), kept.after(own / 8)]

    assert (before, replaced) == ([1, 2], [1, 2])
    assert gone == [[1, 2, 4], [1, 4], [1]]


def test_a_dictionary_stays_while_an_event_needs_it(path: Path) -> None:
    """A failed event never expires, and must be readable when somebody replays it after months."""
    clock = MemoryClock(START)
    with opened(path, clock=clock, event_retention=RETENTION) as database:
        kept = Kept(path, database, clock)
        store(database, events(range(70)))
        waiting = events([70])
        SqliteEventStore(database).add(waiting)
        remaining = [kept.after(RETENTION / 3) for _ in range(9)]

        assert remaining == [[1]] * 9
        assert_readable(database, waiting)
        assert columns(path, "SELECT count(*), max(codec) FROM events") == [(1, "zstd:1")]


def test_events_are_looked_at_in_steps(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large store no step may take long; an event in any of them keeps its dictionary."""
    monkeypatch.setattr("hookline.adapters.sqlite.dictionary_sweep._STEP", 10)
    clock = MemoryClock(START)
    with opened(path, clock=clock, event_retention=RETENTION) as database:
        kept = Kept(path, database, clock)
        store(database, events(range(64)))
        SqliteEventStore(database).add(events(range(64, 100), source="other"))
        SqliteEventStore(database).add(events([100]))
        kept.after(RETENTION / 2)
        remaining = [kept.after(RETENTION / 2), *(kept.after(timedelta(0)) for _ in range(6))]
        assert remaining == [[1]] * 7

        with database.write() as connection:
            connection.execute("DELETE FROM events WHERE codec IS NOT NULL")
        remaining = [kept.after(RETENTION / 32), *(kept.after(timedelta(0)) for _ in range(6))]

    assert remaining == [[1]] * 3 + [[]] * 4
