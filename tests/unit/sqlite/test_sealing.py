"""Bodies at rest: what the file holds without its key, what opens again with it, and how one key follows another."""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.builders import CALLER, QUARANTINE, QUEUES, START, armed, event, rejected, routed
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    Database,
    Sealing,
    SqliteEventStore,
    SqliteHandshakeSecrets,
    SqliteOutbox,
    SqliteQuarantine,
    SqliteQueues,
    SqliteRoutedStore,
    StorageKey,
    Tuning,
)
from hookline.adapters.sqlite.backup import back_up
from hookline.adapters.sqlite.resealing import SqliteResealing, sealed_counts
from hookline.adapters.sqlite.scrub import scrub
from hookline.adapters.sqlite.sealing import fingerprint
from hookline.domain.message import Message
from hookline.errors import DamagedError, DataDirectoryError
from hookline.ports.event_store import EventFilter
from processes import run_process
from unit.sqlite.files import columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hookline.domain.event import Event

OLD, NEW = StorageKey(name="OLD_KEY", value=b"o" * 32), StorageKey(name="NEW_KEY", value=b"n" * 32)
MARKER = b"Marianne-Mustermann"
SEARCHED = "Marianne"
FIRST, SECOND = 70, 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a database in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "hookline.db"


def opened(path: Path, *keys: StorageKey, sealing: Sealing | None = None) -> Database:
    """The database as a server with these keys opens it."""
    return Database.open(
        path,
        clock=MemoryClock(START + timedelta(minutes=1)),
        queues=QUEUES,
        tuning=Tuning(segment=16),
        sealing=sealing or Sealing(keys),
    )


def bodies() -> list[Event]:
    """Events of all sizes: too short to pack, packed against a dictionary, compressed; each with the marker."""
    short = [event(f"short_{number}", b'{"n":"%b"}' % MARKER) for number in range(3)]
    usual = [
        event(
            f"usual_{number}",
            json.dumps(
                {
                    "id": f"pay_{number * 7919}",
                    "customer": {"name": MARKER.decode(), "street": f"Street {number}"},
                    "amount": {"value": f"{number}.10", "currency": "EUR"},
                    "description": "An order of several things that a lot of people order",
                }
            ).encode(),
        )
        for number in range(FIRST)
    ]
    long = [event("long", b'{"text":"%b"}' % (MARKER * 1000))]
    return [*short, *usual, *long]


def fill(database: Database) -> None:
    """Everything that a database stores of what others send."""
    clock = database.clock
    assert isinstance(clock, MemoryClock)
    store = SqliteRoutedStore(database)
    wanted = bodies()
    for start in range(0, len(wanted), SECOND):
        batch = store.stage([routed(one, "payments") for one in wanted[start : start + SECOND]])
        assert batch is not None
        batch.commit()
    SqliteEventStore(database).add([event("usual_1", b'{"second":"%b"}' % MARKER), event("waits", b'"%b"' % MARKER)])
    SqliteQueues(database).send(
        "refunds",
        [Message(event_id="shop:1", body=f'{{"own":"{MARKER.decode()}"}}', attributes={"name": MARKER.decode()})],
    )
    SqliteQuarantine(database, QUARANTINE).keep(
        [rejected(b"{%b}" % MARKER, query=f"q={MARKER.decode()}", headers=[(b"x-name", MARKER)])]
    )
    secrets = SqliteHandshakeSecrets(database)
    secrets.arm(armed("shop", "SHOP_SECRET", clock.now() + timedelta(hours=1)))
    secrets.keep("shop", ["SHOP_SECRET"], MARKER, CALLER)


def check(database: Database) -> None:
    """All of it is there unchanged."""
    events = SqliteEventStore(database)
    for one in bodies():
        stored = events.get(one.id)
        assert stored is not None
        assert stored.event.body == one.body
    again = events.get(event("usual_1").id)
    assert again is not None
    assert [one.body for one in again.set_aside] == [b'{"second":"%b"}' % MARKER]
    later = START + timedelta(hours=1)
    waiting = SqliteOutbox(database).pending(received_before=later, due_at=later, limit=9)
    assert [one.event.body for one in waiting] == [b'"%b"' % MARKER]
    queues = SqliteQueues(database)
    (own,) = queues.peek("refunds")
    assert (own.body, own.attributes) == (f'{{"own":"{MARKER.decode()}"}}', {"name": MARKER.decode()})
    assert all(MARKER.decode() in one.body for one in queues.peek("payments", limit=100))
    quarantine = SqliteQuarantine(database, QUARANTINE)
    (call,) = quarantine.newest(limit=5)
    kept = quarantine.get(call.id)
    assert kept is not None
    request = kept.rejected.request
    assert (call.query, request.query, request.body) == (
        f"q={MARKER.decode()}",
        f"q={MARKER.decode()}",
        b"{%b}" % MARKER,
    )
    assert list(request.headers.items()) == [("x-name", MARKER.decode())]
    assert SqliteHandshakeSecrets(database).reveal("SHOP_SECRET") == MARKER
    assert len(events.find(EventFilter(text=SEARCHED), limit=200)) == len(bodies()) + 1


def files(path: Path) -> bytes:
    """Every byte of every file of the folder."""
    return b"".join(one.read_bytes() for one in sorted(path.parent.iterdir()) if one.is_file())


def reseal(database: Database) -> int:
    """Have all of it sealed as the file says; returns how many bodies were rewritten."""
    work = SqliteResealing(database)
    written = sum(step.written for step in work.run())
    assert work.faults == []
    return written


def test_nothing_that_was_sent_can_be_read_in_any_file(path: Path) -> None:
    """A disk is stolen, or a copy is lost: without the key nobody learns whose payment it was."""
    database = opened(path, OLD)
    fill(database)
    contents = files(path)
    check(database)
    database.close_for_good()
    back_up(path, path.with_name("copy.db"))

    assert MARKER not in contents
    assert MARKER not in files(path)
    assert b"An order of several things" not in files(path)
    assert OLD.value not in files(path)


def test_without_a_key_the_same_can_be_read(path: Path) -> None:
    """Otherwise the tests here would look for something that is never there."""
    database = opened(path)
    fill(database)
    check(database)
    database.close_for_good()

    assert MARKER in files(path)
    assert columns(path, "SELECT count(*) FROM storage_keys") == [(0,)]


def test_sealed_bodies_are_packed_against_sealed_dictionaries(path: Path) -> None:
    """Sealing must not make the file much larger, and a dictionary contains words of bodies."""
    database = opened(path, OLD)
    fill(database)
    database.close_for_good()

    assert columns(path, "SELECT DISTINCT codec FROM events WHERE codec LIKE 'zstd%'") == [("zstd:1~",)]
    assert columns(path, "SELECT DISTINCT sealed FROM dictionaries") == [(1,)]
    assert b"customer" not in files(path)


def test_a_server_without_the_key_does_not_start(path: Path) -> None:
    """It could answer 202 and never give a consumer the body. The message says which key is needed, and its name."""
    fill_and_close(path, OLD)

    for keys in ((), (NEW,)):
        with pytest.raises(DataDirectoryError, match=rf"{fingerprint(OLD.value).hex()}.*OLD_KEY") as raised:
            opened(path, *keys)
        assert raised.value.code == "storage_key_missing"
    assert columns(path, "SELECT name, seals FROM storage_keys") == [("OLD_KEY", 1)]
    check_and_close(path, OLD)


def test_a_command_without_the_key_sees_what_is_not_sealed(path: Path) -> None:
    """Listing queues and removing messages needs no body. A command that needs one says which key is missing."""
    fill_and_close(path, OLD)
    database = opened(path, sealing=Sealing(None, lambda _: None))

    depth = SqliteQueues(database).depth("payments")

    assert depth.visible == len(bodies())
    with pytest.raises(DataDirectoryError, match="OLD_KEY"):
        SqliteEventStore(database).get(event("long").id)
    with pytest.raises(DataDirectoryError, match="OLD_KEY"):
        SqliteEventStore(database).find(EventFilter(text=SEARCHED), limit=5)
    database.close()


def test_a_command_seals_as_the_server_does(path: Path) -> None:
    """An event that a command stores while a server runs must not be the only unencrypted one."""
    fill_and_close(path, OLD)
    database = opened(path, sealing=Sealing(None, {"OLD_KEY": OLD.value}.get))

    SqliteEventStore(database).add([event("by_hand", b'{"by hand":"%b"}' % MARKER)])

    database.close_for_good()
    assert MARKER not in files(path)
    assert columns(path, "SELECT codec FROM events WHERE id = 'transactions:by_hand'") == [("~",)]


def test_a_new_key_seals_and_the_old_one_opens_until_all_is_sealed_again(path: Path) -> None:
    """A key that leaked is replaced without a moment in which anything cannot be read."""
    fill_and_close(path, OLD)
    database = opened(path, NEW, OLD)
    SqliteQueues(database).send("payments-dlq", [Message(event_id="shop:2", body=MARKER.decode())])
    check(database)
    before = sealed_counts(database)

    written = reseal(database)

    check(database)
    assert (before[None], before[2]) == (0, 1)
    assert sealed_counts(database) == {None: 0, 2: before[1] + 1}
    assert written == before[1] + 1, "the secret that came is not among the bodies"
    database.close_for_good()
    assert columns(path, "SELECT id, name, seals FROM storage_keys") == [(2, "NEW_KEY", 1)]
    check_and_close(path, NEW)


def test_an_existing_database_is_sealed_and_opened_again(path: Path) -> None:
    """Sealing can be begun with a year of events, and given up, and nothing is lost in between; no file remembers the clear text."""
    fill_and_close(path)
    database = opened(path, OLD)
    check(database)
    reseal(database)
    remains = scrub(database, rewrite=False)
    check(database)
    sealed = files(path)
    counts = sealed_counts(database)
    database.close_for_good()

    assert (remains, counts[None]) == ([], 0)
    assert MARKER not in sealed
    assert MARKER not in files(path)
    assert b"An order of several things" not in files(path)

    database = opened(path, OLD)
    with database.write() as connection:
        database.sealing.stop(connection)
    reseal(database)
    check(database)
    database.close_for_good()
    assert columns(path, "SELECT count(*) FROM storage_keys") == [(0,)]
    check_and_close(path)


@pytest.mark.parametrize("stop_after", range(6))
def test_sealing_that_is_stopped_continues_where_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    """Of a large store it takes minutes, and the machine may be restarted meanwhile. Each state in between can be read."""
    monkeypatch.setattr("hookline.adapters.sqlite.resealing._WINDOW", 30)
    monkeypatch.setattr("hookline.adapters.sqlite.resealing._BATCH", 7)
    fill_and_close(path)
    database = opened(path, OLD)
    steps = SqliteResealing(database).run()
    first = sum(next(steps).written for _ in range(stop_after))
    database.close()

    check_and_close(path, OLD)
    database = opened(path, OLD)
    second = reseal(database)

    check(database)
    assert first + second == sum(sealed_counts(database).values()) + 1
    database.close()


def test_a_body_that_was_changed_or_moved_does_not_open(path: Path) -> None:
    """A writer of the file can at most destroy: it cannot put in another amount or another customer's body."""
    fill_and_close(path, OLD)
    connection = apsw.Connection(str(path))
    connection.execute(
        "UPDATE events SET body = CAST(substr(body, 1, length(body) - 1) || x'00' AS BLOB) WHERE id LIKE '%:short_0'"
    )
    connection.execute("UPDATE events SET body = substr(body, 1, 10) WHERE id LIKE '%:short_1'")
    connection.execute(
        "UPDATE events SET body = (SELECT body FROM events WHERE id LIKE '%:long'), codec = "
        "(SELECT codec FROM events WHERE id LIKE '%:long') WHERE id LIKE '%:short_2'"
    )
    connection.close()
    database = opened(path, OLD)
    events = SqliteEventStore(database)

    for name in ("short_0", "short_1", "short_2"):
        with pytest.raises(DamagedError) as raised:
            events.get(event(name).id)
        assert raised.value.code == "sealed_body_damaged"
        assert MARKER.decode() not in raised.value.detail
    found = events.get(event("long").id)
    assert found is not None
    assert hashlib.sha256(found.event.body).digest() == found.event.body_sha256
    database.close()


def test_what_does_not_open_keeps_its_row_and_its_key(path: Path) -> None:
    """A backup may still restore it: sealing again destroys nothing, and reports what it left."""
    fill_and_close(path, OLD)
    connection = apsw.Connection(str(path))
    connection.execute(
        "UPDATE events SET body = CAST(substr(body, 1, length(body) - 1) || x'00' AS BLOB) WHERE id LIKE '%:short_0'"
    )
    connection.close()
    database = opened(path, NEW, OLD)

    work = SqliteResealing(database)
    list(work.run())

    assert len(work.faults) == 1
    assert sealed_counts(database)[1] == 1
    database.close()
    assert columns(path, "SELECT name FROM storage_keys ORDER BY id") == [("OLD_KEY",), ("NEW_KEY",)]


def test_a_copy_says_how_many_bodies_it_could_not_open(path: Path) -> None:
    """Without the key a copy's bodies cannot be checked, and the report must say so."""
    fill_and_close(path, OLD)

    with_key = back_up(path, path.with_name("one.db"), sealing=Sealing(None, {"OLD_KEY": OLD.value}.get))
    without = back_up(path, path.with_name("two.db"))

    assert (with_key.bodies_checked, with_key.bodies_not_opened, with_key.faults) == (len(bodies()) + 1, 0, ())
    assert (without.bodies_checked, without.bodies_not_opened, without.faults) == (0, len(bodies()) + 1, ())


def test_a_key_that_is_called_otherwise_is_the_same_key(path: Path) -> None:
    """It is known by its fingerprint; commands look for it under its new name."""
    fill_and_close(path, OLD)

    check_and_close(path, StorageKey(name="STORAGE_KEY", value=OLD.value))

    assert columns(path, "SELECT name, seals FROM storage_keys") == [("STORAGE_KEY", 1)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    content=st.binary(max_size=5000),
    about=st.binary(max_size=50),
    other=st.binary(max_size=50),
    at=st.integers(0, 5100),
)
def test_what_was_sealed_opens_only_as_it_is_and_where_it_was(
    sealing: Sealing, content: bytes, about: bytes, other: bytes, at: int
) -> None:
    """For any content, any place, and any byte of it that somebody changes."""
    sealed = sealing.seal(content, about)
    broken = bytearray(sealed)
    broken[at % len(sealed)] ^= 1

    assert sealing.open(sealed, about) == content
    assert sealing.seal(content, about) != sealed
    for changed, place in (
        (bytes(broken), about),
        (sealed[:-1], about),
        *([(sealed, other)] if other != about else []),
    ):
        with pytest.raises((DamagedError, DataDirectoryError)):
            sealing.open(changed, place)


@pytest.fixture(name="sealing")
def of_a_database(path: Path) -> Iterator[Sealing]:
    """The parts of a server that seals."""
    database = opened(path, OLD)
    yield database.sealing
    database.close()


def test_each_process_seals_with_a_lot_of_its_own(path: Path) -> None:
    """Two processes that draw the same nonce must not use it with the same key."""
    for name in ("one", "two"):
        database = opened(path, OLD)
        SqliteEventStore(database).add([event(name), event(f"{name}_again")])
        database.close()

    lots = columns(
        path, "SELECT hex(substr(body, 3, 12)), count(*), count(DISTINCT substr(body, 15, 12)) FROM events GROUP BY 1"
    )
    assert [row[1:] for row in lots] == [(2, 2), (2, 2)]


def fill_and_close(path: Path, *keys: StorageKey) -> None:
    """A database with all that is stored."""
    database = opened(path, *keys)
    fill(database)
    database.close_for_good()


def check_and_close(path: Path, *keys: StorageKey) -> None:
    """All of it can be read with these keys."""
    database = opened(path, *keys)
    check(database)
    database.close_for_good()


def test_a_server_without_a_key_imports_no_cipher() -> None:
    """The server must start as fast, and also where the package is not installed."""
    script = (
        "import sys\nimport hookline.runtimes.embedded.wiring.serve\n"
        "print([name for name in sys.modules if name.startswith('cryptography') or name.endswith('resealing')])"
    )

    assert run_process([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"
