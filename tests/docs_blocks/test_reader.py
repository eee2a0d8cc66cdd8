"""The tutorial and the how-to guides are followed word for word, each in a new project with a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from docs_blocks.reader import Reader, missing_lines
from docs_blocks.scenarios import SCENARIOS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("page", sorted(SCENARIOS))
def test_the_commands_of_the_page_do_what_it_shows(page: str, tmp_path: Path) -> None:
    """The first thing that does not work is where a newcomer stops."""
    with Reader(tmp_path, page, SCENARIOS[page]) as reader:
        assert reader.read() == []


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (("1,204 events",), "3 events\n"),
        (("a  b", "c"), "──\na   b   \nx\nc\n"),
        (('{"a":1,…',), '{"a":2,"b":3}\n'),
        (("…", "end"), "one\ntwo\nend\n"),
        (("at 2026-03-01T12:00:00Z by ann@desk",), "at 2026-11-28T22:44:40.717310Z by root@vm\n"),
    ],
)
def test_numbers_times_and_ids_may_be_others(shown: tuple[str, ...], printed: str) -> None:
    """A page shows one run, and a test is another."""
    assert missing_lines(shown, printed) == []


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (("matched 3 events",), "3 events\n"),
        (("b", "a"), "a\nb\n"),
        (("accepted",), ""),
        (('{"a":1,…',), '{"b":1,"a":1}\n'),
    ],
)
def test_other_words_are_noticed(shown: tuple[str, ...], printed: str) -> None:
    """Also where only their order is another."""
    assert len(missing_lines(shown, printed)) == 1
