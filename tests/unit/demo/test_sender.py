"""The deliveries that ``hookline send`` makes."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import load
from hookline.demo import sender as module
from hookline.demo.numbering import IdPlace
from hookline.demo.sender import Sender
from hookline.providers.scheme import SignsInside
from vectors.senders import NAMES, built, signing_secret_of

if TYPE_CHECKING:
    from datetime import tzinfo

SIGN_INSIDE = [name for name in NAMES if isinstance(built(name), SignsInside)]
CONFIG = Path(__file__).parents[3] / "examples/transactions/hookline.toml"


class Clock(datetime):
    """A time of day that moves by a second with each look at it."""

    passed = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Clock:
        """A second later than the time before."""
        cls.passed += 1
        return cls(2026, 3, 1, tzinfo=tz) + timedelta(seconds=cls.passed)


@pytest.mark.parametrize("name", SIGN_INSIDE)
def test_duplicates_are_one_body_where_the_signature_is_part_of_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed again a second later it would be another body under the same id: a conflict, and no duplicate."""
    monkeypatch.setattr(module, "datetime", Clock)
    source = dataclasses.replace(load(CONFIG).sources[0], scheme=name)
    sender = Sender(
        source=source,
        scheme=built(name),
        secret=signing_secret_of(name),
        place=IdPlace(expression="content-hash"),
        headers={},
    )

    make = sender.many(None, duplicates=True)

    assert make("1").body == make("2").body
