"""``health_port``, ``health_host`` and ``health_path``: what is taken, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.errors import ConfigError

BASE = '[sources.a]\nverify = { scheme = "standard-webhooks", secrets = ["A_SECRET"] }\n[queues.b]\n'


def complaints(text: str) -> list[str]:
    """Everything that is wrong with a text."""
    with pytest.raises(ConfigError) as caught:
        parse(text, base=Path())
    return [str(complaint) for complaint in caught.value.complaints]


def test_nothing_listens_for_health_unless_it_is_asked_for() -> None:
    """An operator has to protect each open port."""
    server = parse(BASE, base=Path()).server

    assert (server.health_port, server.health_host, server.health_path) == (None, None, None)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("health_port = 8080", "port and health_port are both 8080"),
        ("health_port = 9000\nadmin_port = 9000", "admin_port and health_port are both 9000"),
        ('health_host = "0.0.0.0"', "has no effect without health_port"),
        ('health_path = "health"', 'must be a path that begins with "/"'),
        ('health_path = "/health/"', 'must not end with "/"'),
        ('health_path = "/webhook/a"', "the source a listens on /webhook/a"),
        ('health_path = "/webhook"', None),
    ],
)
def test_what_cannot_work_is_refused_at_load(written: str, why: str | None) -> None:
    """A probe path that is also a source, or a port in use, would otherwise be found in production."""
    if why is None:
        assert parse(f"{BASE}[server]\n{written}\n", base=Path()).server.health_path == "/webhook"
        return
    (complaint,) = complaints(f"{BASE}[server]\n{written}\n")

    assert why in complaint
    assert "server.health_" in complaint


def test_a_source_on_the_path_of_readiness_is_found_too() -> None:
    """Readiness has a second path, which is not written in the file."""
    text = BASE.replace("verify", 'path = "/up/ready"\nverify', 1)

    (complaint,) = complaints(f'{text}[server]\nhealth_path = "/up"\n')

    assert "the source a listens on /up/ready" in complaint


def test_the_port_of_a_unix_socket_is_free_for_health() -> None:
    """With ``admin_socket`` nothing listens on the usual admin port."""
    config = parse(f'{BASE}[server]\nadmin_socket = "admin.sock"\nhealth_port = 8081\n', base=Path())

    assert config.server.health_port == 8081
