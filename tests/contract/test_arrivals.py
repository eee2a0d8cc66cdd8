"""What every Arrivals does: one secret, for a source that is armed, and never another over it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from contract.aws import ENVIRONMENT, shared_cloud
from contract.builders import EVENT_RETENTION, START
from hookline.adapters.aws.arrivals import SsmArrivals
from hookline.adapters.memory import MemoryArrivals, MemoryClock
from hookline.adapters.sqlite import Database, SqliteArrivals
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulator.server import Emulator

    Backend: TypeAlias = "MemoryArrivals | SqliteArrivals | SsmArrivals"

SOON = START + timedelta(minutes=10)
VALUE = b"b537207f20cbfa02357cf448134da559"


@pytest.fixture
def clock() -> MemoryClock:
    """The time of day that both sides go by."""
    return MemoryClock(START)


@pytest.fixture(params=["memory", "sqlite", "aws"])
def arrivals(request: pytest.FixtureRequest, clock: MemoryClock, tmp_path: Path) -> Iterator[Backend]:
    """An empty one."""
    if request.param == "memory":
        yield MemoryArrivals(clock)
    elif request.param == "aws":
        cloud = shared_cloud()
        cloud.emulator.reset()
        yield SsmArrivals(cloud.clients, environment=ENVIRONMENT, clock=clock)
    else:
        database = Database.open(tmp_path / "hookline.db", clock=clock, event_retention=EVENT_RETENTION)
        yield SqliteArrivals(database)
        database.close()


def test_an_armed_source_keeps_what_comes(arrivals: Backend) -> None:
    """Under the name that the operator was told."""
    arrivals.arm("tasks", "SECOND", SOON)

    name = arrivals.keep("tasks", ["FIRST", "SECOND"], VALUE)

    assert name == "SECOND"
    assert arrivals.reveal("SECOND") == VALUE
    assert list(arrivals.arrived(["FIRST", "SECOND"])) == ["SECOND"]


def test_nothing_is_kept_unarmed(arrivals: Backend) -> None:
    """Anyone can make such a call."""
    name = arrivals.keep("tasks", ["FIRST"], VALUE)

    assert name is None
    assert arrivals.reveal("FIRST") is None


def test_another_source_s_arming_is_of_no_use(arrivals: Backend) -> None:
    """Each is armed by itself."""
    arrivals.arm("pages", "FIRST", SOON)

    name = arrivals.keep("tasks", ["FIRST"], VALUE)

    assert name is None


def test_a_name_that_the_source_has_no_more_is_not_written(arrivals: Backend) -> None:
    """hookline.toml has changed since: a secret that nobody names would be kept for nobody."""
    arrivals.arm("tasks", "GONE", SOON)

    name = arrivals.keep("tasks", ["FIRST"], VALUE)

    assert name is None
    assert arrivals.reveal("GONE") is None


def test_the_first_wins_and_disarms(arrivals: Backend) -> None:
    """A second one in the same minute changes nothing."""
    arrivals.arm("tasks", "FIRST", SOON)
    arrivals.keep("tasks", ["FIRST"], VALUE)

    name = arrivals.keep("tasks", ["FIRST"], b"another-secret-of-somebody")

    assert name is None
    assert arrivals.reveal("FIRST") == VALUE
    assert arrivals.armed(["tasks"]) == []


def test_what_is_there_is_never_written_over(arrivals: Backend) -> None:
    """Not even when the source is armed for the same name again."""
    arrivals.arm("tasks", "FIRST", SOON)
    arrivals.keep("tasks", ["FIRST"], VALUE)
    arrivals.arm("tasks", "FIRST", SOON)

    name = arrivals.keep("tasks", ["FIRST"], b"another-secret-of-somebody")

    assert name is None
    assert arrivals.reveal("FIRST") == VALUE


def test_the_time_ends_exactly(arrivals: Backend, clock: MemoryClock) -> None:
    """At the moment that was told, not a second later."""
    arrivals.arm("tasks", "FIRST", SOON)
    arrivals.arm("pages", "OTHER", SOON)
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    in_time = arrivals.keep("tasks", ["FIRST"], VALUE)
    clock.advance(timedelta(seconds=1))

    late = arrivals.keep("pages", ["OTHER"], VALUE)

    assert (in_time, late) == ("FIRST", None)


def test_arming_again_counts_anew(arrivals: Backend, clock: MemoryClock) -> None:
    """Who was too slow does the same again."""
    arrivals.arm("tasks", "FIRST", SOON)
    clock.advance(timedelta(hours=1))
    arrivals.arm("tasks", "SECOND", clock.now() + timedelta(minutes=1))

    name = arrivals.keep("tasks", ["FIRST", "SECOND"], VALUE)

    assert name == "SECOND"


def test_what_is_armed_is_listed_until_it_ends(arrivals: Backend, clock: MemoryClock) -> None:
    """An operator sees what is open."""
    arrivals.arm("tasks", "FIRST", SOON)
    arrivals.arm("pages", "OTHER", SOON + timedelta(hours=1))
    clock.advance(timedelta(minutes=10))

    (armed,) = arrivals.armed(["tasks", "pages", "unknown"])

    assert (armed.source, armed.secret, armed.until) == ("pages", "OTHER", SOON + timedelta(hours=1))
    assert arrivals.armed([]) == []


@pytest.mark.parametrize("tell", [True, False])
def test_whoever_asked_hears_of_a_secret_that_is_kept(tell: bool, clock: MemoryClock, tmp_path: Path) -> None:  # noqa: FBT001 -- pytest's shape
    """The server uses it for the very next event."""
    heard: list[tuple[str, bytes]] = []
    note: Callable[[str, bytes], None] | None = (lambda name, value: heard.append((name, value))) if tell else None
    database = Database.open(tmp_path / "hookline.db", clock=clock, event_retention=EVENT_RETENTION)
    arrivals = SqliteArrivals(database, on_kept=note)
    arrivals.arm("tasks", "FIRST", SOON)

    arrivals.keep("tasks", ["FIRST"], VALUE)
    arrivals.keep("tasks", ["FIRST"], b"another-secret-of-somebody")
    database.close()

    assert heard == ([("FIRST", VALUE)] if tell else [])


def test_a_parameter_that_somebody_else_wrote_arms_nothing(clock: MemoryClock) -> None:
    """Whatever stands there, it is not an operator's word."""
    cloud = shared_cloud()
    cloud.emulator.reset()
    arrivals = SsmArrivals(cloud.clients, environment=ENVIRONMENT, clock=clock)
    for number, value in enumerate(["text", "{}", "[]", '{"secret": "FIRST", "until": "soon"}', '{"secret": "FIRST"}']):
        path = f"/hookline/{ENVIRONMENT}/armed/source-{number}"
        cloud.emulator.client("ssm").put_parameter(Name=path, Value=value, Type="String")

    kept = [arrivals.keep(f"source-{number}", ["FIRST"], VALUE) for number in range(5)]

    assert kept == [None] * 5


def _parameters(clock: MemoryClock) -> tuple[SsmArrivals, Emulator]:
    cloud = shared_cloud()
    cloud.emulator.reset()
    arrivals = SsmArrivals(cloud.clients, environment=ENVIRONMENT, clock=clock)
    arrivals.arm("tasks", "FIRST", SOON)
    return arrivals, cloud.emulator


def test_an_answer_that_was_lost_does_not_lose_the_secret(clock: MemoryClock) -> None:
    """The parameter was written, the try after it finds it there: it is ours, and the sender must hear so."""
    arrivals, running = _parameters(clock)
    running.fail("ssm", "PutParameter", status=500, code="InternalServerError", times=1, done=True)

    name = arrivals.keep("tasks", ["FIRST"], VALUE)

    assert name == "FIRST"
    assert arrivals.reveal("FIRST") == VALUE


def test_a_try_that_comes_second_to_another_sender_has_lost(clock: MemoryClock) -> None:
    """What stands there is somebody else's: whoever tried twice must not be told that it is his."""
    arrivals, running = _parameters(clock)
    arrivals.keep("tasks", ["FIRST"], b"the-secret-of-somebody-else")
    running.fail("ssm", "PutParameter", status=500, code="InternalServerError", times=1)

    name = arrivals.keep("tasks", ["FIRST"], VALUE)

    assert name is None


def test_without_the_parameter_store_the_sender_comes_again(clock: MemoryClock) -> None:
    """503: nothing was decided."""
    arrivals, running = _parameters(clock)
    running.fail("ssm", "GetParameters", status=400, code="ThrottlingException")

    with pytest.raises(UnavailableError):
        arrivals.keep("tasks", ["FIRST"], VALUE)
    running.heal()
