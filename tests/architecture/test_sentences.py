"""The command that draws sentences at random finds every kind of text."""

from __future__ import annotations

from pathlib import Path

import pytest

import sentences
from sentences import KINDS, drawn

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_text_is_found(kind: str) -> None:
    """A kind that is not found any more would be read by nobody."""
    found = sentences.sentences(kind)

    assert len(found) > 100
    assert all(len(one.text.split()) >= 4 for one in found)


def test_a_draw_has_something_of_each_kind() -> None:
    """The few error texts would hardly be drawn among ten thousand docstrings."""
    together = {kind: set(sentences.sentences(kind)) for kind in KINDS}

    found = drawn(20, 1, list(KINDS))

    assert len(found) == 20
    assert all(any(one in texts for one in found) for texts in together.values())


def test_a_seed_draws_the_same_sentences_again() -> None:
    """A second reader gets what the first one has read."""
    assert drawn(20, 7, ["errors"]) == drawn(20, 7, ["errors"]) != drawn(20, 8, ["errors"])


def test_a_code_block_and_a_note_for_a_tool_are_not_sentences() -> None:
    """A reader does not read them as sentences."""
    docs = [one.text for one in sentences.sentences("docs")]
    comments = [one.text for one in sentences.sentences("comments")]

    assert not [text for text in docs if text.startswith("$ hookline")]
    assert not [text for text in comments if text.startswith(("noqa", "fmt:", "type:"))]


def test_a_place_is_a_line_of_a_file() -> None:
    """The reader opens that place to see the sentence's context."""
    for place, _ in drawn(20, 3, ["docs", "docstrings", "messages", "comments", "help"]):
        path, _, line = place.partition(":")
        assert 0 < int(line) <= len((ROOT / path).read_text().splitlines())
