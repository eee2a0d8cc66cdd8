"""Frees the syntax trees that the tests of a file have read when the last of them has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syntax_trees import forget_trees

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def _without_trees_afterwards() -> Iterator[None]:
    yield
    forget_trees()
