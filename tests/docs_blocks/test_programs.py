"""The programs in Python on the pages run: each is copied unchanged."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any  # Any: what a program defines

from acceptance.sender import SECRET, sign, transaction
from docs_blocks.blocks import blocks_of

if TYPE_CHECKING:
    import pytest


def run(page: str, **given: object) -> dict[str, Any]:
    """What the one program of a page defines, with what the page takes for granted."""
    (program,) = [block.text for block in blocks_of(page) if block.language == "python"]
    names = dict(given)
    exec(program, names)  # noqa: S102 -- our own documentation
    return names


def test_a_service_verifies_what_a_forward_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/how-to/forward-to-http.md: with the library that the page names."""
    body = transaction("evt_1")

    monkeypatch.setenv("LEDGER_SECRET", SECRET)

    found = run("how-to/forward-to-http.md", os=os, body=body.decode(), headers=sign(body))

    assert found["event"]["event_id"] == "evt_1"


def test_a_replayed_message_has_another_key() -> None:
    """docs/how-to/replay.md: a consumer that should handle replayed events again sees the difference."""
    first, again = ({"id": "transactions:evt_1", **more} for more in ({}, {"replayid": "20260301-150102-5b1f03aa"}))

    keys = [run("how-to/replay.md", json=json, message={"Body": json.dumps(event)})["key"] for event in (first, again)]

    assert keys == [("transactions:evt_1", None), ("transactions:evt_1", "20260301-150102-5b1f03aa")]
