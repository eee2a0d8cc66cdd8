"""From the settings to the bounds of a port."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.runtimes.embedded.limits import limits_of

SOURCE = '[sources.s]\nverify = { scheme = "none" }\nid = "id"\n[queues.q]\n'


def test_every_setting_reaches_its_bound() -> None:
    """A user would believe that a setting without effect is in force."""
    server = parse(
        '[server]\nread_timeout = "3s"\nkeep_alive_timeout = "70s"\nmax_connections_per_address = 7\n' + SOURCE,
        base=Path(),
    ).server

    limits = limits_of(server, connections=99)

    assert (limits.read_timeout, limits.keep_alive_timeout) == (3, 70)
    assert (limits.connections, limits.per_address) == (99, 7)


@pytest.mark.parametrize(("read", "shutdown", "left"), [("10s", "8s", 2), ("1s", "8s", 1), ("1h", "1h", 900)])
def test_a_half_sent_request_has_a_quarter_of_the_stop(read: str, shutdown: str, left: float) -> None:
    """It never has more than without a stop: the rest is for the disk, and for reading the answers."""
    server = parse(f'[server]\nread_timeout = "{read}"\nshutdown_timeout = "{shutdown}"\n{SOURCE}', base=Path()).server

    assert limits_of(server, connections=1).stop_timeout == left


def test_the_defaults_suit_containers_and_load_balancers() -> None:
    """Ten seconds until SIGKILL, and 600 seconds for which Google's balancer keeps an idle connection."""
    server = parse(SOURCE, base=Path()).server
    longest = server.shutdown_timeout.total_seconds()

    assert limits_of(server, connections=1).stop_timeout + server.storage_timeout.total_seconds() < longest < 10
    assert limits_of(server, connections=1).keep_alive_timeout > 600
