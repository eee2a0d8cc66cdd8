"""What every Arrivals does: one secret, for a source that is armed, and never another over it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from contract.aws import ENVIRONMENT, shared_cloud
from contract.builders import CALLER, EVENT_RETENTION, START, armed
from hookline.adapters.aws.handshake_secrets import SsmArrivals
from hookline.adapters.memory import MemoryArrivals, MemoryClock
from hookline.adapters.sqlite import Database, SqliteArrivals
from hookline.domain.handshake import Armed, Caller
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
    arrivals.arm(armed("tasks", "SECOND", SOON))

    name = arrivals.keep("tasks", ["FIRST", "SECOND"], VALUE, CALLER)

    assert name == "SECOND"
    assert arrivals.reveal("SECOND") == VALUE
    assert list(arrivals.arrived(["FIRST", "SECOND"])) == ["SECOND"]


def test_nothing_is_kept_unarmed(arrivals: Backend) -> None:
    """Anyone can make such a call."""
    name = arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name is None
    assert arrivals.reveal("FIRST") is None


def test_another_source_s_arming_is_of_no_use(arrivals: Backend) -> None:
    """Each is armed by itself."""
    arrivals.arm(armed("pages", "FIRST", SOON))

    name = arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name is None


def test_a_name_that_the_source_has_no_more_is_not_written(arrivals: Backend) -> None:
    """hookline.toml has changed since: a secret that nobody names would be kept for nobody."""
    arrivals.arm(armed("tasks", "GONE", SOON))

    name = arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name is None
    assert arrivals.reveal("GONE") is None


def test_the_first_wins_and_disarms(arrivals: Backend) -> None:
    """A second one in the same minute changes nothing."""
    arrivals.arm(armed("tasks", "FIRST", SOON))
    arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)

    name = arrivals.keep("tasks", ["FIRST"], b"another-secret-of-somebody", CALLER)

    assert name is None
    assert arrivals.reveal("FIRST") == VALUE
    assert arrivals.armed(["tasks"]) == []


def test_what_is_there_is_never_written_over(arrivals: Backend) -> None:
    """Not even when the source is armed for the same name again."""
    arrivals.arm(armed("tasks", "FIRST", SOON))
    arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)
    arrivals.arm(armed("tasks", "FIRST", SOON))

    name = arrivals.keep("tasks", ["FIRST"], b"another-secret-of-somebody", CALLER)

    assert name is None
    assert arrivals.reveal("FIRST") == VALUE


def test_the_time_ends_exactly(arrivals: Backend, clock: MemoryClock) -> None:
    """At the moment that was told, not a second later."""
    arrivals.arm(armed("tasks", "FIRST", SOON))
    arrivals.arm(armed("pages", "OTHER", SOON))
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    in_time = arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)
    clock.advance(timedelta(seconds=1))

    late = arrivals.keep("pages", ["OTHER"], VALUE, CALLER)

    assert (in_time, late) == ("FIRST", None)


@pytest.mark.parametrize(
    ("networks", "caller"),
    [
        ((), Caller(address=CALLER.address)),
        ((), Caller(token=CALLER.token + "x", address=CALLER.address)),
        ((), Caller(token=CALLER.token[:-1], address=CALLER.address)),
        (("192.0.2.0/24",), Caller(address=CALLER.address)),
        (("198.51.100.0/24",), CALLER),
        (("2001:db8::/32",), CALLER),
        (("192.0.2.0/24",), Caller(token=CALLER.token)),
        (("192.0.2.0/24",), Caller(token=CALLER.token, address="unknown")),
    ],
)
def test_who_is_not_admitted_brings_nothing_and_disarms_nothing(
    arrivals: Backend, networks: tuple[str, ...], caller: Caller
) -> None:
    """Anyone can call: neither may the first stranger set the secret, nor keep the sender from bringing its own."""
    arrivals.arm(armed("tasks", "FIRST", SOON, networks=networks))

    name = arrivals.keep("tasks", ["FIRST"], b"a-secret-of-somebody-else", caller)

    assert name is None
    assert arrivals.reveal("FIRST") is None
    assert [one.networks for one in arrivals.armed(["tasks"])] == [networks]


@pytest.mark.parametrize(
    ("networks", "address"),
    [
        (("192.0.2.0/24", "2001:db8::/32"), "192.0.2.77"),
        (("192.0.2.0/24", "2001:db8::/32"), "2001:db8::1"),
        (("192.0.2.0/24",), "::ffff:192.0.2.1"),
    ],
)
def test_an_address_alone_may_be_what_is_asked_for(arrivals: Backend, networks: tuple[str, ...], address: str) -> None:
    """For a sender whose address cannot hold a token."""
    arrivals.arm(Armed(source="tasks", secret="FIRST", until=SOON, networks=networks))

    assert arrivals.keep("tasks", ["FIRST"], VALUE, Caller(address=address)) == "FIRST"


def test_a_source_that_was_armed_for_nobody_in_particular_takes_nothing(arrivals: Backend) -> None:
    """As an older hookline armed it: that was for everybody."""
    arrivals.arm(Armed(source="tasks", secret="FIRST", until=SOON))

    assert arrivals.keep("tasks", ["FIRST"], VALUE, CALLER) is None


def test_arming_again_counts_anew(arrivals: Backend, clock: MemoryClock) -> None:
    """Who was too slow does the same again."""
    arrivals.arm(armed("tasks", "FIRST", SOON))
    clock.advance(timedelta(hours=1))
    arrivals.arm(armed("tasks", "SECOND", clock.now() + timedelta(minutes=1)))

    name = arrivals.keep("tasks", ["FIRST", "SECOND"], VALUE, CALLER)

    assert name == "SECOND"


def test_what_is_armed_is_listed_until_it_ends(arrivals: Backend, clock: MemoryClock) -> None:
    """An operator sees what is open."""
    arrivals.arm(armed("tasks", "FIRST", SOON))
    arrivals.arm(armed("pages", "OTHER", SOON + timedelta(hours=1)))
    clock.advance(timedelta(minutes=10))

    (found,) = arrivals.armed(["tasks", "pages", "unknown"])

    assert (found.source, found.secret, found.until) == ("pages", "OTHER", SOON + timedelta(hours=1))
    assert arrivals.armed([]) == []


@pytest.mark.parametrize("tell", [True, False])
def test_whoever_asked_hears_of_a_secret_that_is_kept(tell: bool, clock: MemoryClock, tmp_path: Path) -> None:  # noqa: FBT001 -- pytest's shape
    """The server uses it for the very next event."""
    heard: list[tuple[str, bytes]] = []
    note: Callable[[str, bytes], None] | None = (lambda name, value: heard.append((name, value))) if tell else None
    database = Database.open(tmp_path / "hookline.db", clock=clock, event_retention=EVENT_RETENTION)
    arrivals = SqliteArrivals(database, on_kept=note)
    arrivals.arm(armed("tasks", "FIRST", SOON))

    arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)
    arrivals.keep("tasks", ["FIRST"], b"another-secret-of-somebody", CALLER)
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

    kept = [arrivals.keep(f"source-{number}", ["FIRST"], VALUE, CALLER) for number in range(5)]

    assert kept == [None] * 5


def _parameters(clock: MemoryClock) -> tuple[SsmArrivals, Emulator]:
    cloud = shared_cloud()
    cloud.emulator.reset()
    arrivals = SsmArrivals(cloud.clients, environment=ENVIRONMENT, clock=clock)
    arrivals.arm(armed("tasks", "FIRST", SOON))
    return arrivals, cloud.emulator


def test_an_answer_that_was_lost_does_not_lose_the_secret(clock: MemoryClock) -> None:
    """The parameter was written, the try after it finds it there: it is ours, and the sender must hear so."""
    arrivals, running = _parameters(clock)
    running.fail("ssm", "PutParameter", status=500, code="InternalServerError", times=1, done=True)

    name = arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name == "FIRST"
    assert arrivals.reveal("FIRST") == VALUE


def test_a_try_that_comes_second_to_another_sender_has_lost(clock: MemoryClock) -> None:
    """What stands there is somebody else's: whoever tried twice must not be told that it is his."""
    arrivals, running = _parameters(clock)
    arrivals.keep("tasks", ["FIRST"], b"the-secret-of-somebody-else", CALLER)
    running.fail("ssm", "PutParameter", status=500, code="InternalServerError", times=1)

    name = arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name is None


def test_without_the_parameter_store_the_sender_comes_again(clock: MemoryClock) -> None:
    """503: nothing was decided."""
    arrivals, running = _parameters(clock)
    running.fail("ssm", "GetParameters", status=400, code="ThrottlingException")

    with pytest.raises(UnavailableError):
        arrivals.keep("tasks", ["FIRST"], VALUE, CALLER)
    running.heal()
