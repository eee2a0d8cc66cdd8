"""Receipts: taken by the queue that returned them, and by no other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.receipt import opened, sealed

TEXTS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=40)


@given(text=TEXTS, queue=st.sampled_from(["a", "b", "a-dlq"]), other=st.sampled_from(["a", "b", "a-dlq"]))
def test_only_its_own_queue_opens_a_receipt(text: str, queue: str, other: str) -> None:
    """A URL that was mixed up is found at the first call."""
    assert opened(other, sealed(queue, text)) == (text if other == queue else None)


@given(text=TEXTS, position=st.integers(0, 100), character=st.characters())
def test_a_damaged_receipt_opens_nothing(text: str, position: int, character: str) -> None:
    """A success would hide that nothing was deleted."""
    receipt = sealed("a", text)
    at = position % len(receipt)
    damaged = receipt[:at] + character + receipt[at + 1 :]

    assert opened("a", damaged) == (text if damaged == receipt else None)
    assert opened("a", receipt[:-1]) is None
    assert opened("a", f"{receipt}0") is None


@given(st.text())
def test_other_text_is_no_receipt(text: str) -> None:
    """Whatever it is, the answer is None and never a fault."""
    assert opened("a", text) is None or text == sealed("a", text[:-9])
