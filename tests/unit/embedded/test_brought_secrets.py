"""The secrets of a server: those that it was given, and those that senders have brought."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.builders import CALLER, armed
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.handshake_secrets import MemoryHandshakeSecrets
from hookline.config import parse
from hookline.domain.secret import Secret
from hookline.errors import UnavailableError
from hookline.runtimes.embedded.wiring.secrets import secrets_of

CONFIG = parse(
    """
[sources.tasks]
verify = { scheme = "asana", secrets = ["NEW", "OLD"] }
[sources.shop]
verify = { scheme = "slack", secrets = ["SHOP"] }
[queues.all]
""",
    base=Path(),
)
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _brought(**values: bytes) -> MemoryHandshakeSecrets:
    handshake_secrets = MemoryHandshakeSecrets(MemoryClock(NOW))
    for name, value in values.items():
        handshake_secrets.arm(armed("tasks", name, NOW + timedelta(minutes=1)))
        handshake_secrets.keep("tasks", [name], value, CALLER)
    return handshake_secrets


def test_a_secret_that_came_is_there_after_a_restart() -> None:
    """The sender brings it once in the life of a webhook."""
    secrets = secrets_of(CONFIG, {"SHOP": b"given"}, _brought(OLD=b"brought"))

    assert secrets.read(["NEW", "OLD"]) == (Secret(name="OLD", value=b"brought"),)


def test_what_the_operator_says_comes_first() -> None:
    """A variable of the same name is how a wrong one is replaced."""
    secrets = secrets_of(CONFIG, {"SHOP": b"given", "OLD": b"given"}, _brought(OLD=b"brought"))

    assert secrets.read(["OLD"]) == (Secret(name="OLD", value=b"given"),)


def test_a_secret_that_nobody_names_any_more_proves_nothing() -> None:
    """Taking the name out of hookline.toml withdraws it."""
    secrets = secrets_of(CONFIG, {"SHOP": b"given"}, _brought(GONE=b"brought"))

    with pytest.raises(UnavailableError, match="GONE"):
        secrets.read(["GONE"])


def test_another_sender_s_secret_is_missed_as_ever() -> None:
    """Only those that their senders bring may be missing."""
    secrets = secrets_of(CONFIG, {}, _brought())

    with pytest.raises(UnavailableError, match="SHOP"):
        secrets.read(["SHOP"])
