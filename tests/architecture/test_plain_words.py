"""Texts are in plain English: the words of tests/plain_words.toml are not used, and where some are left they only get fewer."""

from __future__ import annotations

import tomllib
from functools import cache

import pytest

import plain_words

MOST_ALONE = 20


@cache
def found() -> dict[str, dict[str, list[str]]]:
    """Every place of every refused word, read once."""
    return plain_words.found()


def test_no_refused_word_is_used_more_often_than_before() -> None:
    """A reader whose first language is not English understands each sentence at the first reading."""
    words, limits = plain_words.replacements(), plain_words.limits()

    too_many = [
        f"{area}: {word!r} {len(places)} times, at most {limits.get(area, {}).get(word, 0)}; write {words[word]}:"
        + "".join(f"\n    {place}" for place in places)
        for area, by_word in sorted(found().items())
        for word, places in sorted(by_word.items())
        if len(places) > limits.get(area, {}).get(word, 0)
    ]

    assert not too_many, "\n".join(too_many)


def test_alone_stays_rare_in_the_code_and_the_documentation() -> None:
    """``only`` says what was meant; ``alone`` is left for what has no company."""
    places = [
        place
        for area, by_word in found().items()
        if area.startswith(("src/", "docs/"))
        for place in by_word.get("alone", [])
    ]

    assert len(places) <= MOST_ALONE, "\n".join(places)


@pytest.mark.parametrize("word", ["mend", "parted", "in vain", "ride in", "kept out", "for ever", "astray"])
def test_a_word_that_is_gone_has_no_limit(word: str) -> None:
    """A limit is for words that are left somewhere; these are left nowhere in the code and the documentation."""
    assert word in plain_words.replacements()
    assert not [area for area, words in plain_words.limits().items() if word in words and not area.startswith("tests/")]


def test_a_limit_names_a_refused_word_and_more_than_nothing() -> None:
    """A limit for a word that is not refused would allow nothing, and nobody would notice."""
    refused = plain_words.replacements()

    for area, words in plain_words.limits().items():
        for word, most in words.items():
            assert word in refused, (area, word)
            assert most > 0, (area, word)


def test_limits_can_only_be_lowered() -> None:
    """Writing the limits again from what is there allows no word more often than before."""
    before = plain_words.limits()

    after = tomllib.loads(plain_words.lowered())["left"]

    assert all(most <= before[area][word] for area, words in after.items() for word, most in words.items())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("we mend it\nand mend it", [1, 2]),
        ("mend mend", [1, 1]),
        ("a recommended amendment", []),
        ("mend_all and remend", []),
        ("(mend)", [1]),
    ],
)
def test_only_whole_words_are_found(text: str, lines: list[int]) -> None:
    """``recommended`` is no use of ``mend``, and the last line counts as the first does."""
    assert list(plain_words.lines_with("mend", text)) == lines


def test_every_form_is_lower_case_and_listed_once() -> None:
    """Texts are searched in lower case; a form under two words would be counted twice."""
    listed = [
        form
        for word, row in tomllib.loads(plain_words.TABLE.read_text())["words"].items()
        for form in (word, *row.get("also", []))
    ]

    assert len(listed) == len(set(listed))
    assert all(form == form.lower() for form in listed)
