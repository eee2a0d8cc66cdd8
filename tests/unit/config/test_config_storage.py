"""``[storage]``: how much of the disk is kept for other writes than new events."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.errors import ConfigError

REST = """
[sources.shop]
verify = { scheme = "none" }
id = "id"
[queues.payments]
[[routes]]
match = { type = ["payment"] }
queues = ["payments"]
"""


@pytest.mark.parametrize(
    ("written", "reserve"),
    [("", None), ("[storage]", None), ('[storage]\nreserve = "1mb"', 1024 * 1024), ("[storage]\nreserve = 0", 0)],
)
def test_the_reserve_is_a_size_or_left_to_the_disk(written: str, reserve: int | None) -> None:
    """A missing reserve and a reserve of zero have different meanings."""
    assert parse(f"{written}\n{REST}", base=Path()).storage.reserve == reserve


@pytest.mark.parametrize("value", ["-1", '"much"', "1.5", "true"])
def test_what_is_no_size_is_refused(value: str) -> None:
    """A reserve that cannot be read would reserve nothing."""
    with pytest.raises(ConfigError, match=r"storage\.reserve"):
        parse(f"[storage]\nreserve = {value}\n{REST}", base=Path())
