"""What a viewer sees of a source that hides fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hookline.config import load
from hookline.dashboard.masking import MaskedPlaces, Masks
from hookline.pipeline.masking import MASK
from hookline.ports.message_places import MessagePlace, PlaceState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONFIG = """
[sources.shop]
verify = { scheme = "hmac", secrets = ["SHOP_SECRET"], header = "X-Signature" }
id = "id"
type = "kind"
mask = ["customer.email"]

[sources.bank]
verify = { scheme = "hmac", secrets = ["BANK_SECRET"], header = "X-Signature" }
id = "id"
type = "kind"

[queues.payments]

[[routes]]
match = { type = ["payment"] }
queues = ["payments"]
"""


class Places:
    """One message of each of these events, wherever it is looked for."""

    def __init__(self, *event_ids: str | None) -> None:
        self._found = [
            MessagePlace(
                queue="payments",
                message_id="1",
                state=PlaceState.WAITING,
                receives=1,
                sent_at=datetime(2026, 3, 1, tzinfo=UTC),
                last_failure="no account for ada@example.com",
                event_id=event_id,
            )
            for event_id in event_ids
        ]

    def places(self, event_id: str) -> Sequence[MessagePlace]:
        """All of them."""
        assert event_id
        return self._found

    def newest(self, queue: str, *, limit: int) -> Sequence[MessagePlace]:
        """All of them."""
        assert queue
        return self._found[:limit]


@pytest.mark.parametrize(
    ("event_id", "shown"),
    [("shop:1", MASK), ("bank:1", "no account for ada@example.com"), ("gone:1", MASK), (None, MASK)],
)
def test_what_a_consumer_said_of_a_masked_event_is_hidden(tmp_path: Path, event_id: str | None, shown: str) -> None:
    """A failure often repeats the field that it is about. For a source that is gone, or for no source, the mask is not known."""
    (tmp_path / "hookline.toml").write_text(CONFIG)
    masked = MaskedPlaces(Places(event_id), Masks(load(tmp_path / "hookline.toml")))

    assert [one.last_failure for one in masked.places("shop:1")] == [shown]
    assert [one.last_failure for one in masked.newest("payments", limit=9)] == [shown]
