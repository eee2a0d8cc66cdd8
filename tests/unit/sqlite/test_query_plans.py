"""Every statement of the package finds its rows by an index, in the order in which it wants them, however full the store is.

A plan that scans or sorts costs nothing on a test's ten rows, and tenths of a second on half a million: within a write transaction, every
sender waits for that. What may scan is listed with its reason; a statement that is in no list, or is written where this test does not find
it, fails.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import apsw
import apsw.ext
import pytest

import hookline.adapters.sqlite as package
from contract.builders import PAYMENTS, START, event, message, routed
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.sqlite import (
    SqliteEventStore,
    SqliteOutbox,
    SqliteQueues,
    SqliteRoutedStore,
    SqliteWaitingCounts,
    dead_letters,
    event_listing,
    message_places,
    movable_messages,
    queues,
    retention,
    scrub,
)
from hookline.adapters.sqlite.schema import migrate
from hookline.domain.event import Status
from hookline.ports.event_store import EventFilter
from unit.sqlite.files import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

MODULES = {
    name: importlib.import_module(f"{package.__name__}.{name}") for _, name, _ in pkgutil.iter_modules(package.__path__)
}
STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH)\b")
CALLS = {"execute", "executemany", "rows", "first", "the", "changed", "count", "_changed"}
CONTROL = re.compile(r"BEGIN( IMMEDIATE)?|COMMIT|ROLLBACK|PRAGMA ")
PASSED_ON = {
    ("query", "statement"),
    ("receipts", "statement"),
    ("resealing", "statement"),
    ("erasures", "statement"),
    ("inventory", "statement"),
    ("schema", "step"),
    ("schema_faults", "step"),
    ("event_listing", "statement"),
}
"""Functions that run the statement that they are given: their callers are checked, or it is the schema itself."""

WHOLE = {("quarantine", "_INSERT"): "_VALUES"}
"""Statements that are completed where they are used, with the missing parts."""

SMALL_TABLE = "a table of a few rows: one for each queue, armed source or secret that a sender brought"
RUNS = "a table of a few dozen rows: one for each run of keys"
NEW_SEGMENT = "sorts the thousand new events that become a segment"
NO_SEGMENT = "sorts the events that are in no segment, a thousand or two"
MAY_SCAN = {
    ("handshake_secrets", "_ARMED"): SMALL_TABLE,
    ("handshake_secrets", "_ARRIVED"): SMALL_TABLE,
    ("clock_doubt", "_LAST_EVENT"): "one row, at the end of the table",
    ("clock_doubt", "_LAST_MESSAGE"): "one row, at the end of the table",
    ("clock_doubt", "_LAST_REJECTED"): "one row, at the end of the table",
    ("dead_letters", "_NEWEST"): "one row, at the end of the table",
    ("queues", "_NEWEST"): "one row, at the end of the table",
    ("quarantine", "_NEWEST"): "a few rows, backwards from the end of the table",
    ("schema_faults", "_OBJECTS"): "the schema of a file that is restored",
    ("restore", "_ERASURES"): "the audit log of what is replaced by a copy, once",
    ("move_tasks", "_START"): "one row, at the end of the table; the others are found by an index",
    ("inventory", "_SECRETS"): SMALL_TABLE,
    ("storage_counts", "_HELD"): "an index that has only what is held, outside every write",
    ("storage_counts", "_AWAITING"): "an index that has only what waits for records, outside every write",
    ("event_index", "_NEW_REFERENCE"): "a table of a few rows: about twenty with a million events",
    (
        "storage_counts",
        "_REJECTED",
    ): "an index without bodies, within the bounds of the quarantine, outside every write",
    ("alert_states", "_ALL"): "a table of a few rows: one for each thing that is wrong",
    ("alert_states", "_CLEAR"): "as above",
    ("key_uses", "_KNOWN"): "a table of a few rows: one for each access key",
    ("pauses", "_ALL"): SMALL_TABLE,
    ("routed_store", "_NEWEST_DICTIONARY"): "one row, at the end of the table",
    ("dictionary_sweep", "_OLD"): "a table of a few rows: at most 32 for each source",
    ("dictionary_sweep", "_REPLACED"): "as above",
    ("dictionary_sweep", "_CODECS"): "looks at every event, some at a time, outside every write",
    ("queue_table", "_ALL"): SMALL_TABLE,
    ("queue_table", "_UNDECLARE"): SMALL_TABLE,
    ("clock_doubt", "_END_LEASES"): f"from {SMALL_TABLE}, by an index into the large one",
    ("clock_doubt", "_END_GROUPS"): f"from {SMALL_TABLE}, by an index into the large one",
    ("waiting_counts", "_IS_BEHIND"): f"the least of {SMALL_TABLE}; the messages are found by their id",
    ("waiting_counts", "_NEW"): "sums up a step of new messages, which is bounded and found by their id",
    ("waiting_counts", "_GO_ON"): SMALL_TABLE,
    ("watch", "_LAST"): "one row, at the end of each table",
    ("restore", "_NEWEST"): "one row, at the end of the table",
    ("backup", "_COUNTS"): "a backup reads everything",
    ("backup", "_ORPHANS"): "a backup reads everything",
    ("backup", "_SPREAD"): "a backup reads everything",
    ("backup", "_SPREAD_BEFORE_DICTIONARIES"): "a backup reads everything",
    ("backup", "_WITHOUT_DICTIONARY"): "a backup reads everything",
    ("backup", "_HAS_DICTIONARIES"): "the list of tables",
    ("backup", "_HAS_KEYS"): "the list of tables",
    ("event_index", "_MARKS"): "one row, at the end of the table of events",
    ("event_index", "_RUN_IDS"): RUNS,
    ("event_index", "_IN_ALL_RUNS"): f"from {RUNS}, by the primary key of the keys",
    ("event_index", "_NEW_KINDS"): NEW_SEGMENT,
    ("event_index", "_NEW_PLACES"): NEW_SEGMENT,
    ("event_index", "_NEW_KEYS"): NEW_SEGMENT,
    ("index_upkeep", "_RUNS"): RUNS,
    ("index_upkeep", "_UNUSED"): RUNS,
    ("index_upkeep", "_OLDEST"): "one row, at the beginning of the table",
    ("index_upkeep", "_TAKE_OVER"): "sorts about two thousand keys, which it finds by the primary key",
    ("event_listing", "_KINDS"): "a table of a row for each source and type: each of them is asked for its newest",
    ("event_listing", "_NEWEST_OF_REFERENCE"): f"from {RUNS}; sorts the events of one reference",
    ("event_listing", "_NEWEST_BEFORE"): NO_SEGMENT,
    ("event_listing", "_NEWEST_AFTER"): NO_SEGMENT,
    ("event_store", "_COUNT"): "sums up the segments, for a person",
    ("event_store", "_COUNT_EXPIRED"): "counts what has expired and was not removed yet, for a person",
    ("event_store", "_SECRET_USES"): "looks at every event, for a person: the port says so",
    ("inventory", "_SOURCES"): "sums up the store at the start and for a person: the port says so",
    (
        "erasures",
        "_SENT",
    ): "what was sent to FIFO queues within five minutes, once for a hundred events that an operator erases",
    ("scrub", "_EMPTY"): "one row, at the end of the table",
    ("replays", "_UNFINISHED"): "an index of the few replays that are not finished",
    ("resealing", "_EVENTS"): "looks at every row, some at a time, outside every write",
    ("resealing", "_ASIDE"): "as above",
    ("resealing", "_MESSAGES"): "as above",
    ("resealing", "_REJECTED"): "as above",
    ("resealing", "_ARRIVED"): SMALL_TABLE,
    ("resealing", "_DICTIONARIES"): "a table of a few rows: at most 32 for each source",
    ("sealing", "_KEYS"): "a table of a few rows: one for each key",
    ("sealing", "_SEALING"): "as above",
    ("schema", "_ANY_TABLE"): "the list of tables",
    ("quarantine", "_SUMMARIES"): "a page counts all that is kept, which is bounded, from an index without bodies",
    ("quarantine", "_ALL"): "the bounds weigh all that is kept, which they limit themselves",
}
ALWAYS_FINE = re.compile(r"SCAN CONSTANT ROW|SCAN \d+-ROW VALUES CLAUSE|SCAN json_each VIRTUAL TABLE")
COSTLY = re.compile(r"SCAN|TEMP B-TREE|AUTOMATIC|SEARCH \w+$")
"""Signs of a slow plan: every row, a sort, an index that is made for one use, or the least of a column without an index."""

INDEXES = "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
STATISTICS = {
    "none": None,
    "a large store": "500000 1000 100 10 1 1",
    "an index that does not help": "500000 500000 500000 500000 500000 500000",
    "a nearly empty store": "1 1 1 1 1 1",
}
"""Values that an ANALYZE by any program, at any time, may have left in sqlite_stat1 for every index."""


def _statements() -> Iterator[tuple[str, str, str]]:
    for module_name, module in MODULES.items():
        for name, value in vars(module).items():
            if isinstance(value, str) and STATEMENT.match(value):
                rest = WHOLE.get((module_name, name))
                yield module_name, name, value + (getattr(module, rest) if rest else "")


@pytest.fixture(params=list(STATISTICS))
def connection(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[apsw.Connection]:
    """A new database with the statistics of one kind of store."""
    connection = apsw.Connection(str(tmp_path / "hookline.db"))
    migrate(connection, "hookline.db")
    connection.execute(scrub._MAKE)  # a table of its own, while it is at work
    connection.create_scalar_function("unpacked", lambda *_: b"", 5)
    if (numbers := STATISTICS[request.param]) is not None:
        connection.execute("ANALYZE")
        connection.execute("DELETE FROM sqlite_stat1")
        connection.executemany(
            "INSERT INTO sqlite_stat1 VALUES (?, ?, ?)",
            [(table, index, numbers) for table, index in connection.execute(INDEXES).fetchall()],
        )
        connection.execute("ANALYZE sqlite_schema")
    yield connection
    connection.close()


def _plan(connection: apsw.Connection, statement: str) -> list[str]:
    found = apsw.ext.query_info(connection, statement, explain_query_plan=True).query_plan
    return list(_lines(found)) if found is not None else []


def _lines(plan: Any) -> Iterator[str]:  # apsw's QueryPlan, which it gives no type to
    yield plan.detail
    for below in plan.sub or ():
        yield from _lines(below)


def _costly(plan: list[str]) -> list[str]:
    return [line for line in plan if COSTLY.search(line) and not ALWAYS_FINE.match(line)]


def test_every_statement_has_its_plan(connection: apsw.Connection) -> None:
    """Whatever sqlite_stat1 says: an index that is not used, or a sort, shows as a line of the plan."""
    costly = {(module, name): _costly(_plan(connection, text)) for module, name, text in _statements()}

    assert len(costly) > 45
    assert {key: lines for key, lines in costly.items() if lines and key not in MAY_SCAN} == {}


def test_every_exception_is_a_statement() -> None:
    """A list of exceptions that nothing needs any more hides the next one of the same name."""
    assert set(MAY_SCAN) - {(module, name) for module, name, _ in _statements()} == set()


@pytest.mark.parametrize("name", list(MODULES))
def test_every_statement_is_a_constant_of_its_module(name: str) -> None:
    """The test above finds it only there: nobody has seen the plan of a text that is put together at run time."""
    assert _hidden(name, MODULES[name]) == []


def _hidden(name: str, module: ModuleType) -> list[str]:
    return [
        f"line {call.lineno}: {ast.unparse(call)}"
        for call in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(call, ast.Call) and _called(call) in CALLS and not _is_seen(name, module, call)
    ]


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_seen(name: str, module: ModuleType, call: ast.Call) -> bool:
    if not call.args:  # the rows of the table of queues
        return True
    statement = call.args[0 if isinstance(call.func, ast.Attribute) or _called(call) == "count" else 1]
    if isinstance(statement, ast.BinOp):
        statement = statement.left
    if isinstance(statement, ast.JoinedStr):
        statement = statement.values[0]
    if isinstance(statement, ast.Constant):
        return CONTROL.match(str(statement.value)) is not None
    if isinstance(statement, ast.Name):
        return (name, statement.id) in PASSED_ON or isinstance(getattr(module, statement.id, None), str)
    return False


def test_a_statement_in_hiding_is_found() -> None:
    """A test of the proof: the schema's own look at an unknown file is such a statement, and the only one."""
    module = ast.parse(
        'def f(c):\n    c.execute("SELECT 1 FROM events")\n    rows(c, "SELECT 2" + x)\n    c.execute(_KNOWN)'
    )
    calls = [call for call in ast.walk(module) if isinstance(call, ast.Call)]

    assert [_is_seen("queues", queues, call) for call in calls] == [False, False, False]


# the work itself, in steps of SQLite's machine: a plan can look right and still walk over rows that it throws away


class Steps:
    """Counts the steps of everything that a connection does."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> bool:
        self.count += 1
        return False


def _steps_of_fresh(connection: apsw.Connection, queue: int, now: int, cutoff: int) -> int:
    steps = Steps()
    connection.set_progress_handler(steps, 1)
    connection.execute(queues._FRESH, (queue, now, cutoff, 10)).fetchall()
    connection.execute(queues._ANY_VISIBLE, (queue, now, cutoff)).fetchall()
    connection.set_progress_handler(None)
    return steps.count


@pytest.mark.parametrize("expired", [False, True])
def test_a_receive_takes_the_same_steps_however_many_messages_wait(tmp_path: Path, *, expired: bool) -> None:
    """Also where thousands are too old and no sweep has removed them yet: it is part of a write transaction."""
    steps = []
    for waiting in (20, 5000):
        with opened(tmp_path / f"{waiting}.db") as database, database.write() as connection:
            queue, now = database.queues.get("payments").id, database.now()
            sent_at = now - (2 if expired else 0) * 10
            values = [(queue, number + 1, sent_at) for number in range(waiting)]
            connection.executemany(
                "INSERT INTO messages (queue, event, sent_at, visible_at) VALUES (?, ?, ?, 0)", values
            )
            connection.execute(
                "INSERT INTO messages (queue, event, sent_at, visible_at) VALUES (?, 1, ?, 0)", (queue, now)
            )
            steps.append(_steps_of_fresh(connection, queue, now, now - 10))

    assert steps[1] <= steps[0] + 50


@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(),
        EventFilter(since=START),
        EventFilter(until=START),
        EventFilter(reference="pi_1"),
        EventFilter(status=Status.FAILED),
        EventFilter(source="rare"),
        EventFilter(type="rare"),
        EventFilter(type="payment"),
        EventFilter(since=START - timedelta(hours=2), until=START - timedelta(hours=1)),
    ],
    ids=["all", "since", "until", "reference", "status", "source", "type", "usual type", "range"],
)
def test_a_listing_by_an_index_takes_the_same_steps_however_many_events_there_are(
    tmp_path: Path, wanted: EventFilter
) -> None:
    """An operator looks for a payment while the store is full and the server fills it."""
    steps = []
    for count in (100, 4000):
        with opened(tmp_path / f"{count}.db") as database:
            store = SqliteEventStore(database)
            old = START - timedelta(hours=1, minutes=30)
            paid = {"transactionreference": "pi_1"}
            store.add([replace(event("paid", received_at=old, source="rare", type="rare"), metadata=paid)])
            SqliteOutbox(database).fail(event("paid", source="rare").id, reason="why")
            batch = SqliteRoutedStore(database).stage(
                [
                    routed(event(f"e{number}", received_at=START + timedelta(seconds=number - count // 2)), "payments")
                    for number in range(count)
                ]
            )
            assert batch is not None
            batch.commit()
            with database.read() as connection:
                counted = Steps()
                connection.set_progress_handler(counted, 1)
                found = event_listing.newest(
                    connection, wanted, now=database.expiry_now(), limit=5, before=None, sealing=database.sealing
                )
                connection.set_progress_handler(None)
            assert found
            steps.append(counted.count)

    assert steps[1] <= steps[0] + 100


def test_what_is_too_old_is_left_out_and_what_is_not_comes_in_the_order_of_arrival(tmp_path: Path) -> None:
    """The short way past expired messages must not lose, double or reorder anything."""
    clock = MemoryClock(START)
    with opened(tmp_path / "hookline.db", clock=clock) as database:
        store = SqliteQueues(database)
        store.send("payments", [message(f"old_{number}") for number in range(3)])
        clock.advance(PAYMENTS.retention)
        empty = store.receive("payments", max_messages=10)
        store.send("payments", [message(f"new_{number}") for number in range(3)])

        found = [one.event_id for one in store.receive("payments", max_messages=10)]

    assert empty == []
    assert found == [message(f"new_{number}").event_id for number in range(3)]


@pytest.mark.parametrize("at_a_time", [1, 32])
def test_a_listing_merged_from_many_types_is_complete_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    """An event that is left out, doubled or out of place at the end of a page would be one that an operator never finds."""
    monkeypatch.setattr("hookline.adapters.sqlite.event_listing._FEWEST", at_a_time)
    monkeypatch.setattr("hookline.adapters.sqlite.event_listing._MOST", at_a_time)
    with opened(tmp_path / "hookline.db") as database:
        store = SqliteEventStore(database)
        events = [
            event(
                f"e{number}",
                source="one" if number % 3 else "two",
                type=f"type_{number % 4}",
                received_at=START + timedelta(seconds=number * 7 % 10),
            )
            for number in range(30)
        ]
        store.add(events)
        wanted = [
            EventFilter(source=source, type=kind, since=since, until=until)
            for source in (None, "one", "two", "none")
            for kind in (None, "type_0", "type_3", "none")
            for since in (None, START + timedelta(seconds=3))
            for until in (None, START + timedelta(seconds=8))
        ]

        found = [_pages(store, one) for one in wanted]

    newest_first = sorted(enumerate(events), key=lambda item: (item[1].received_at, item[0]), reverse=True)
    assert found == [[one.id for _, one in newest_first if filter_.takes(one)] for filter_ in wanted]
    assert len(found[0]) == 30


def _pages(store: SqliteEventStore, wanted: EventFilter) -> list[str]:
    found: list[str] = []
    while page := store.find(wanted, limit=2, before=found[-1] if found else None):
        found += [stored.event.id for stored in page]
    return found


LOOKS: dict[str, tuple[str, tuple[int, ...]]] = {
    "peek": (queues._PEEK, (0, 10)),
    "newest": (message_places._NEWEST, (0, 10)),
    "expired": (retention._EXPIRED_MESSAGES, (2**62, 10)),
    "movable, never received": (movable_messages._READY_FRESH, (2**62, 0, 2**62, 10)),
    "movable, given back": (movable_messages._READY_RETURNED, (2**62, 0, 2**62, 10)),
    "dead letters": (dead_letters._NEXT, (0, 2**62, 2**62, 0, 0, 2**62, 10)),
    "purge": (queues._STANDING, (2**62, 10)),
}
"""Statements that read some of a queue out of both indexes, with their values after the queue."""


@pytest.mark.parametrize("look", list(LOOKS))
def test_a_look_at_some_messages_takes_the_same_steps_however_many_there_are(tmp_path: Path, look: str) -> None:
    """Two indexes are read as one: if SQLite read either of them to its end first, a page of ten would take as long as the queue is."""
    steps = []
    statement, values = LOOKS[look]
    for count in (100, 4000):
        with opened(tmp_path / f"{count}.db") as database, database.write() as connection:
            queue, now = database.queues.get("payments").id, database.now()
            connection.executemany(
                "INSERT INTO messages (queue, event_id, sent_at, visible_at) VALUES (?, '', ?, ?)",
                [(queue, now + number, number % 2 * now) for number in range(count)],
            )
            counted = Steps()
            connection.set_progress_handler(counted, 1)
            found = connection.execute(statement, (queue, *values)).fetchall()
            connection.set_progress_handler(None)
            assert len(found) == 10
            steps.append(counted.count)

    assert steps[1] <= steps[0] + 50


@pytest.mark.parametrize("given_back", [0, 20])
def test_a_depth_takes_the_same_steps_however_many_messages_wait(tmp_path: Path, given_back: int) -> None:
    """It is asked for by every scaler and dashboard, again and again while a queue is long."""
    steps = []
    for waiting in (2000, 9000):
        with opened(tmp_path / f"{waiting}.db") as database:
            store = SqliteQueues(database)
            for _ in range(waiting // 1000):
                store.send("payments", [message()] * 1000)
                store.send("refunds", [message()] * 1000)  # next to it in the table
            store.receive("payments", max_messages=10)
            store.receive("payments", max_messages=given_back, visibility_timeout=timedelta(0))
            SqliteWaitingCounts(database).advance()
            store.send("payments", [message()] * 10)
            with database.read() as connection:
                counted = Steps()
                connection.set_progress_handler(counted, 1)
                values = (database.now(), database.queues.get("payments").id, 0)
                visible, hidden, *_ = connection.execute(queues._DEPTH, values).fetchall()[0]
                connection.set_progress_handler(None)
            assert (visible, hidden) == (waiting, 10)
            steps.append(counted.count)

    assert steps[1] <= steps[0] + 50
