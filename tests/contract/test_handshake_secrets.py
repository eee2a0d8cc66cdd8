"""What every HandshakeSecrets does: one secret, for a source that is armed, and never another over it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest

from contract.aws import ENVIRONMENT, shared_cloud
from contract.builders import CALLER, EVENT_RETENTION, START, armed
from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.adapters.sqlite import Database, SqliteHandshakeSecrets
from hookline.domain.handshake import Armed, Caller
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulator.server import Emulator

    Backend: TypeAlias = "MemoryHandshakeSecrets | SqliteHandshakeSecrets | SsmHandshakeSecrets"

SOON = START + timedelta(minutes=10)
VALUE = b"b537207f20cbfa02357cf448134da559"


@pytest.fixture
def clock() -> MemoryClock:
    """The time of day that both sides use."""
    return MemoryClock(START)


@pytest.fixture(params=["memory", "sqlite", "aws"])
def handshake_secrets(request: pytest.FixtureRequest, clock: MemoryClock, tmp_path: Path) -> Iterator[Backend]:
    """An empty one."""
    if request.param == "memory":
        yield MemoryHandshakeSecrets(clock)
    elif request.param == "aws":
        cloud = shared_cloud()
        cloud.emulator.reset()
        yield SsmHandshakeSecrets(cloud.clients, environment=ENVIRONMENT, clock=clock)
    else:
        database = Database.open(tmp_path / "hookline.db", clock=clock, event_retention=EVENT_RETENTION)
        yield SqliteHandshakeSecrets(database)
        database.close()


def test_an_armed_source_keeps_what_comes(handshake_secrets: Backend) -> None:
    """Under the name that the operator gave."""
    handshake_secrets.arm(armed("tasks", "SECOND", SOON))

    name = handshake_secrets.keep("tasks", ["FIRST", "SECOND"], VALUE, CALLER)

    assert name == "SECOND"
    assert handshake_secrets.reveal("SECOND") == VALUE
    assert list(handshake_secrets.kept_at(["FIRST", "SECOND"])) == ["SECOND"]


def test_nothing_is_kept_unarmed(handshake_secrets: Backend) -> None:
    """Anyone can make such a call."""
    name = handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name is None
    assert handshake_secrets.reveal("FIRST") is None


def test_another_source_s_arming_is_of_no_use(handshake_secrets: Backend) -> None:
    """Each is armed separately."""
    handshake_secrets.arm(armed("pages", "FIRST", SOON))

    name = handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name is None


def test_a_name_that_the_source_has_no_more_is_not_written(handshake_secrets: Backend) -> None:
    """hookline.toml has changed since: nothing would use a secret that no source names."""
    handshake_secrets.arm(armed("tasks", "GONE", SOON))

    name = handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name is None
    assert handshake_secrets.reveal("GONE") is None


def test_the_first_wins_and_disarms(handshake_secrets: Backend) -> None:
    """A second one in the same minute changes nothing."""
    handshake_secrets.arm(armed("tasks", "FIRST", SOON))
    handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)

    name = handshake_secrets.keep("tasks", ["FIRST"], b"another-secret-of-somebody", CALLER)

    assert name is None
    assert handshake_secrets.reveal("FIRST") == VALUE
    assert handshake_secrets.armed(["tasks"]) == []


def test_what_is_there_is_never_written_over(handshake_secrets: Backend) -> None:
    """It is not overwritten when the source is armed for the same name again either."""
    handshake_secrets.arm(armed("tasks", "FIRST", SOON))
    handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)
    handshake_secrets.arm(armed("tasks", "FIRST", SOON))

    name = handshake_secrets.keep("tasks", ["FIRST"], b"another-secret-of-somebody", CALLER)

    assert name is None
    assert handshake_secrets.reveal("FIRST") == VALUE


def test_the_time_ends_exactly(handshake_secrets: Backend, clock: MemoryClock) -> None:
    """At the promised moment, not a second later."""
    handshake_secrets.arm(armed("tasks", "FIRST", SOON))
    handshake_secrets.arm(armed("pages", "OTHER", SOON))
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    in_time = handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)
    clock.advance(timedelta(seconds=1))

    late = handshake_secrets.keep("pages", ["OTHER"], VALUE, CALLER)

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
    handshake_secrets: Backend, networks: tuple[str, ...], caller: Caller
) -> None:
    """Anyone can call: neither may the first stranger set the secret, nor keep the sender from bringing its own."""
    handshake_secrets.arm(armed("tasks", "FIRST", SOON, networks=networks))

    name = handshake_secrets.keep("tasks", ["FIRST"], b"a-secret-of-somebody-else", caller)

    assert name is None
    assert handshake_secrets.reveal("FIRST") is None
    assert [one.networks for one in handshake_secrets.armed(["tasks"])] == [networks]


@pytest.mark.parametrize(
    ("networks", "address"),
    [
        (("192.0.2.0/24", "2001:db8::/32"), "192.0.2.77"),
        (("192.0.2.0/24", "2001:db8::/32"), "2001:db8::1"),
        (("192.0.2.0/24",), "::ffff:192.0.2.1"),
    ],
)
def test_only_an_address_may_be_asked_for(handshake_secrets: Backend, networks: tuple[str, ...], address: str) -> None:
    """For a sender whose address cannot hold a token."""
    handshake_secrets.arm(Armed(source="tasks", secret="FIRST", until=SOON, networks=networks))

    assert handshake_secrets.keep("tasks", ["FIRST"], VALUE, Caller(address=address)) == "FIRST"


def test_a_source_that_was_armed_for_nobody_in_particular_takes_nothing(handshake_secrets: Backend) -> None:
    """An older hookline armed it so, for every caller."""
    handshake_secrets.arm(Armed(source="tasks", secret="FIRST", until=SOON))

    assert handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER) is None


def test_arming_again_starts_a_new_time(handshake_secrets: Backend, clock: MemoryClock) -> None:
    """An operator who was too slow does the same again."""
    handshake_secrets.arm(armed("tasks", "FIRST", SOON))
    clock.advance(timedelta(hours=1))
    handshake_secrets.arm(armed("tasks", "SECOND", clock.now() + timedelta(minutes=1)))

    name = handshake_secrets.keep("tasks", ["FIRST", "SECOND"], VALUE, CALLER)

    assert name == "SECOND"


def test_what_is_armed_is_listed_until_it_ends(handshake_secrets: Backend, clock: MemoryClock) -> None:
    """An operator sees which sources still accept a secret."""
    handshake_secrets.arm(armed("tasks", "FIRST", SOON))
    handshake_secrets.arm(armed("pages", "OTHER", SOON + timedelta(hours=1)))
    clock.advance(timedelta(minutes=10))

    (found,) = handshake_secrets.armed(["tasks", "pages", "unknown"])

    assert (found.source, found.secret, found.until) == ("pages", "OTHER", SOON + timedelta(hours=1))
    assert handshake_secrets.armed([]) == []


@pytest.mark.parametrize("notified", [True, False])
def test_the_caller_that_asked_hears_of_a_secret_that_is_kept(
    *, notified: bool, clock: MemoryClock, tmp_path: Path
) -> None:
    """The server uses it for the very next event."""
    heard: list[tuple[str, bytes]] = []
    note: Callable[[str, bytes], None] | None = (lambda name, value: heard.append((name, value))) if notified else None
    database = Database.open(tmp_path / "hookline.db", clock=clock, event_retention=EVENT_RETENTION)
    handshake_secrets = SqliteHandshakeSecrets(database, on_kept=note)
    handshake_secrets.arm(armed("tasks", "FIRST", SOON))

    handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)
    handshake_secrets.keep("tasks", ["FIRST"], b"another-secret-of-somebody", CALLER)
    database.close()

    assert heard == ([("FIRST", VALUE)] if notified else [])


def test_a_parameter_that_somebody_else_wrote_arms_nothing(clock: MemoryClock) -> None:
    """Whatever its value is, it is not an operator's word."""
    cloud = shared_cloud()
    cloud.emulator.reset()
    handshake_secrets = SsmHandshakeSecrets(cloud.clients, environment=ENVIRONMENT, clock=clock)
    for number, value in enumerate(["text", "{}", "[]", '{"secret": "FIRST", "until": "soon"}', '{"secret": "FIRST"}']):
        path = f"/hookline/{ENVIRONMENT}/armed/source-{number}"
        cloud.emulator.client("ssm").put_parameter(Name=path, Value=value, Type="String")

    kept = [handshake_secrets.keep(f"source-{number}", ["FIRST"], VALUE, CALLER) for number in range(5)]

    assert kept == [None] * 5


def _parameters(clock: MemoryClock) -> tuple[SsmHandshakeSecrets, Emulator]:
    cloud = shared_cloud()
    cloud.emulator.reset()
    handshake_secrets = SsmHandshakeSecrets(cloud.clients, environment=ENVIRONMENT, clock=clock)
    handshake_secrets.arm(armed("tasks", "FIRST", SOON))
    return handshake_secrets, cloud.emulator


def test_an_answer_that_was_lost_does_not_lose_the_secret(clock: MemoryClock) -> None:
    """The parameter was written, and the next try finds it there: it is the sender's own, and the answer must say so."""
    handshake_secrets, running = _parameters(clock)
    running.fail("ssm", "PutParameter", status=500, code="InternalServerError", times=1, done=True)

    name = handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name == "FIRST"
    assert handshake_secrets.reveal("FIRST") == VALUE


def test_a_try_that_comes_second_to_another_sender_has_lost(clock: MemoryClock) -> None:
    """The stored value is another sender's, and a sender that tries twice must not take it for its own."""
    handshake_secrets, running = _parameters(clock)
    handshake_secrets.keep("tasks", ["FIRST"], b"the-secret-of-somebody-else", CALLER)
    running.fail("ssm", "PutParameter", status=500, code="InternalServerError", times=1)

    name = handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)

    assert name is None


def test_without_the_parameter_store_the_sender_comes_again(clock: MemoryClock) -> None:
    """503, because nothing was decided."""
    handshake_secrets, running = _parameters(clock)
    running.fail("ssm", "GetParameters", status=400, code="ThrottlingException")

    with pytest.raises(UnavailableError):
        handshake_secrets.keep("tasks", ["FIRST"], VALUE, CALLER)
    running.heal()
