"""Numbers with their noun, singular or plural."""

from __future__ import annotations

import pytest

from hookline.domain.counted import counted, how_often


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 dead letters"), (1, "1 dead letter"), (2, "2 dead letters"), (2000, "2,000 dead letters")],
)
def test_a_thing_has_its_plural(number: int, said: str) -> None:
    """A list that says "1 dead letters" looks as if it counted wrongly."""
    assert counted(number, "dead letter") == said


def test_a_plural_may_be_given_whole() -> None:
    """Not every plural has an s, and a verb changes too."""
    assert counted(1, "event waits", "events wait") == "1 event waits"
    assert counted(3, "event waits", "events wait") == "3 events wait"


@pytest.mark.parametrize(("number", "said"), [(1, "once"), (2, "2 times"), (1500, "1,500 times")])
def test_how_often_is_said_in_words(number: int, said: str) -> None:
    """A person says "received once"."""
    assert how_often(number) == said
