"""The examples of docs/reference/event-patterns.md, run exactly as the page has them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hookline.patterns import compile_pattern
from hookline.patterns.operators import OPERATORS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "event-patterns.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\{.*\})` \| `(\{.*\})` \| `(\{.*\})` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("pattern", "fitting", "other"), ROWS)
def test_every_example_of_the_reference_holds(pattern: str, fitting: str, other: str) -> None:
    """People copy the examples, so a wrong one is worse than no example."""
    compiled = compile_pattern({"data": json.loads(pattern)})

    assert compiled.matches({"data": json.loads(fitting)})
    assert not compiled.matches({"data": json.loads(other)})


@pytest.mark.parametrize("operator", [*OPERATORS, "$or"])
def test_every_operator_has_an_example(operator: str) -> None:
    """An operator that the reference does not show does not exist for its reader."""
    assert any(f'"{operator}"' in pattern for pattern, _, _ in ROWS)
