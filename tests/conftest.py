"""What every test may be told on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--rounds N``: how often the crash test kills the server. Twenty suit every run; a night takes thousands."""
    parser.addoption("--rounds", type=int, default=20, help="how often the crash test kills the server (20)")
