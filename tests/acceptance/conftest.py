"""The SQS API over every backend that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acceptance.sqs import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acceptance.sqs import System


@pytest.fixture(params=["memory", "sqlite"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """A whole system, for one test."""
    backend: str = request.param
    with running(backend) as system:
        yield system
