"""What every Inventory counts: the facts that a configuration is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.aws import ENVIRONMENT, create_queue
from contract.builders import CALLER, PAYMENTS, QUARANTINE, QUEUES, armed, event, message, rejected, routed, waiting
from contract.homes import AwsHome, LocalHome
from hookline.adapters.aws import names
from hookline.adapters.aws.handshake_secrets import SsmHandshakeSecrets
from hookline.domain.queue import Queue
from hookline.ports.inventory import StoredSource

if TYPE_CHECKING:
    from contract.homes import Home
    from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
    from hookline.adapters.sqlite import SqliteHandshakeSecrets
    from hookline.ports.inventory import StoredQueue

NOW = timedelta()
LIVE, DEAD = 2, 1


def stored(home: Home, name: str = "payments", *, wanted: Queue = PAYMENTS) -> StoredQueue:
    """What is known of a queue, measured by ``wanted``."""
    (found,) = [one for one in home.inventory.look([wanted]).queues if one.queue.name == name]
    return found


def handshake_secrets_of(home: Home) -> MemoryHandshakeSecrets | SqliteHandshakeSecrets | SsmHandshakeSecrets:
    """Where the home's secrets arrive."""
    if isinstance(home, AwsHome):
        return SsmHandshakeSecrets(home.clients, environment=ENVIRONMENT, clock=home.clock)
    assert isinstance(home, LocalHome)
    return home.handshake_secrets


def test_every_queue_is_listed_with_its_settings_and_nothing_on_it(home: Home) -> None:
    """A comparison needs the settings that the store has, not those that somebody hopes for."""
    found = home.inventory.look(QUEUES)

    assert sorted((one.queue for one in found.queues), key=lambda queue: queue.name) == sorted(
        QUEUES, key=lambda queue: queue.name
    )
    assert {(one.messages, one.dead_letters) for one in found.queues} == {(0, 0)}
    assert (found.sources, found.secrets) == ((), ())


def test_messages_are_counted_whether_they_wait_or_are_in_flight(home: Home) -> None:
    """A message in a consumer's hands is a message that would be stranded too."""
    home.queues.send("payments", [message("a"), message("b")])
    home.take()

    assert stored(home).messages == LIVE


def test_dead_letters_are_counted_with_their_queue(home: Home) -> None:
    """An operator forgets them first."""
    home.queues.send("payments", [message()])
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=NOW)

    assert (stored(home).messages, stored(home).dead_letters) == (0, DEAD)


def test_a_queue_that_no_configuration_has_is_listed_with_its_depth(home: Home) -> None:
    """Nobody would ever see the messages of this queue again."""
    if isinstance(home, AwsHome):
        create_queue(home.emulator, Queue(name="old"))
        url = home.emulator.queue_url(names.queue("old", ENVIRONMENT))
        home.clients.sqs().send_message(QueueUrl=url, MessageBody="{}")
    else:
        assert isinstance(home, LocalHome)
        home.declare([*QUEUES, Queue(name="old")])
        home.queues.send("old", [message()])
        home.declare(QUEUES)

    assert (stored(home, "old").messages, stored(home, "old").dead_letters) == (1, 0)


def test_lowered_settings_are_measured_before_they_are_in_force(home: Home) -> None:
    """The operator learns what a new setting removes while it can still be taken back; SQS cannot count it."""
    home.queues.send("payments", [message("a"), message("b")])
    home.take(hide=NOW)
    home.clock.advance(timedelta(days=2))

    lowered = stored(home, wanted=replace(PAYMENTS, max_receives=1, retention=timedelta(days=1)))
    same = stored(home)

    known = not isinstance(home, AwsHome)
    assert (lowered.over_receives, lowered.over_retention) == ((1, LIVE) if known else (None, None))
    assert (lowered.queue, lowered.dead_over_retention) == (PAYMENTS, 0)
    assert (same.over_receives, same.over_retention) == (0, 0)


def test_events_that_wait_or_failed_are_counted_by_source(home: Home) -> None:
    """For a source that is gone, they are all that is left to handle."""
    first, second, third = event("a"), event("b"), event("c", source="shop")
    home.keep(waiting(first), waiting(second), waiting(third), routed(event("d"), "payments"))
    home.outbox.fail(second.id, reason="broken")

    found = home.inventory.look(())

    assert found.sources == (
        StoredSource(name="shop", waiting=1),
        StoredSource(name="transactions", waiting=1, failed=1),
    )


def test_an_armed_source_and_an_arrived_secret_are_listed(home: Home) -> None:
    """A source that is renamed while it is armed waits for nothing; a secret that stays is a secret that can leak."""
    handshake_secrets, soon = handshake_secrets_of(home), home.clock.now() + timedelta(minutes=10)
    handshake_secrets.arm(armed("tasks", "TASKS_SECRET", soon))
    handshake_secrets.arm(armed("shop", "SHOP_SECRET", soon))
    handshake_secrets.keep("shop", ["SHOP_SECRET"], b"a secret of the shop", CALLER)

    found = home.inventory.look(())

    assert StoredSource(name="tasks", armed=True) in found.sources
    assert [one.name for one in found.secrets] == ["SHOP_SECRET"]


def test_an_arming_that_is_over_is_not_listed(home: Home) -> None:
    """It does not wait for a secret any more."""
    handshake_secrets_of(home).arm(armed("tasks", "TASKS_SECRET", home.clock.now() + timedelta(minutes=10)))
    home.clock.advance(timedelta(minutes=10))

    assert home.inventory.look(()).sources == ()


def test_rejected_requests_are_counted_by_source_with_their_bytes(home: Home) -> None:
    """They cannot be tried again once their source is gone. On AWS none are kept."""
    if not isinstance(home, LocalHome):
        return
    home.quarantine.keep([rejected(b"12345", source="shop"), rejected(b"1", source="shop")])

    before = home.inventory.look(()).sources
    home.clock.advance(QUARANTINE.retention)

    assert before == (StoredSource(name="shop", rejected=2, rejected_bytes=6),)
    assert home.inventory.look(()).sources == ()
