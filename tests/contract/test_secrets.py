"""What every Secrets does."""

from __future__ import annotations

import pytest

from hookline.adapters.memory import MemorySecrets
from hookline.domain.source import Secret
from hookline.errors import UnavailableError


def test_secrets_come_in_the_order_they_are_asked_for() -> None:
    """During rotation the current secret is tried first, then the old one."""
    secrets = MemorySecrets({"OLD": b"1", "NEW": b"2", "OTHER": b"3"})

    found = secrets.read(["NEW", "OLD"])

    assert found == (Secret(name="NEW", value=b"2"), Secret(name="OLD", value=b"1"))


def test_a_missing_secret_fails_closed_and_says_which() -> None:
    """Half of the secrets is not enough: the sender comes again, and the operator learns the name, never a value."""
    secrets = MemorySecrets({"NEW": b"hidden"})

    with pytest.raises(UnavailableError) as caught:
        secrets.read(["NEW", "OLD"])

    assert caught.value.code == "secrets_unavailable"
    assert "OLD" in caught.value.detail
    assert "hidden" not in str(caught.value)


def test_an_empty_secret_is_a_secret() -> None:
    """Whether a value will do is the scheme's business; what is there is found."""
    secrets = MemorySecrets({"EMPTY": b""})

    found = secrets.read(["EMPTY"])

    assert found == (Secret(name="EMPTY", value=b""),)


def test_later_changes_to_the_mapping_do_not_reach_in() -> None:
    """What was read at the start is what is used until the next start."""
    values = {"NEW": b"1"}
    secrets = MemorySecrets(values)
    values.clear()

    found = secrets.read(["NEW"])

    assert found == (Secret(name="NEW", value=b"1"),)
