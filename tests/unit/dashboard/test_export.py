"""Exports: text that a spreadsheet would run, and text that it would not."""

from __future__ import annotations

import pytest

from hookline.dashboard.views.export import spreadsheet_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "@SUM(A1)",
        "-2+3",
        "\t=1",
        " =1",
        "\r=1",
        "-1e5",
        "%0A=1",
        "|cmd",
        "\uff1d1",
        "\uff20SUM(A1)",
        "\ufeff=1",
        "\x00=1",
    ],
)
def test_what_could_be_a_formula_begins_with_an_apostrophe(text: str) -> None:
    """Spreadsheets run a cell that begins like one, also behind white space."""
    assert spreadsheet_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "12", "transactions:evt_1", "2026-01-01T00:00:00Z", ""])
def test_what_is_none_stays(text: str) -> None:
    """A refund of -12.50 has to stay a number."""
    assert spreadsheet_cell(text) == text
