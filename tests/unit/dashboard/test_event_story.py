"""How the story of an event shows its body and its conflicts."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from hookline.dashboard.pages.event_page import hex_text
from hookline.dashboard.views.event_story import MASK, diff_rows, masked, pretty_text

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(DOCUMENTS)
def test_pretty_json_means_the_same(document: object) -> None:
    """A person decides by what the page shows."""
    pretty = pretty_text(json.dumps(document))

    assert pretty is not None
    assert json.loads(pretty) == document


def test_numbers_are_shown_as_they_were_written() -> None:
    """An amount of 1.10 is not 1.1, and a number beyond what a float holds must not be rounded on the page."""
    pretty = pretty_text('{"amount": 1.10, "id": 12345678901234567890.0001, "a": 1, "a": 2, "none": {}, "list": []}')

    assert pretty == (
        '{\n  "amount": 1.10,\n  "id": 12345678901234567890.0001,\n  "a": 1,\n  "a": 2,\n  "none": {},\n  "list": []\n}'
    )


def test_text_that_is_no_json_is_not_made_pretty() -> None:
    """It is shown unchanged."""
    assert pretty_text("amount=1.10&id=7") is None
    assert pretty_text("[" * 100_000) is None


def test_a_conflict_is_shown_line_by_line() -> None:
    """A person sees immediately that only the amount differs."""
    rows = diff_rows('{"id":"a","amount":1.10}', '{"id":"a","amount":1.20,"note":"x"}')

    assert [(row["left"], row["right"]) for row in rows if not row["same"]] == [
        ('  "amount": 1.10', '  "amount": 1.20,'),
        (None, '  "note": "x"'),
    ]


def test_a_header_that_proves_somebody_is_masked() -> None:
    """Many people look at a page, and pictures of it are sent around."""
    assert masked("headerxsignature", "t=1,v1=abc") == masked("authorization", "Bearer x") == MASK
    assert masked("headercontentlanguage", "de") == "de"


def test_bytes_are_shown_as_hexdump_writes_them() -> None:
    """A reader can also read bytes that are no text, or have invisible characters."""
    assert hex_text(b'{"a":\x00\xff}') == f'00000000  7b 22 61 22 3a 00 ff 7d  {"":23}  |{{"a":..}}|'
    assert hex_text(bytes(16 * 1024 + 5)).endswith("… and 5 more bytes")
