"""docs/reference/api.md lists every operation of the API, as the code has it."""

from __future__ import annotations

import re
from pathlib import Path

from hookline.dashboard.api.table import OPERATIONS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "api.md").read_text()


def test_the_page_lists_every_operation_as_the_code_has_it() -> None:
    """Who writes a client reads this page; an operation that is not on it is not found."""
    rows = re.findall(r"^\| `(\w+)` \| `(\w+) (/api/[^`]*)` \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE)

    assert rows == [(one.name, one.method, one.path, one.right.value, one.summary) for one in OPERATIONS]
