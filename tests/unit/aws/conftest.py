"""An empty AWS home for each test, over the emulator that all of them share; every request is checked with its service's model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.homes import open_aws
from service_models import judge_hookline

if TYPE_CHECKING:
    from contract.homes import AwsHome


@pytest.fixture(scope="session", autouse=True)
def _judged() -> None:
    judge_hookline()


@pytest.fixture
def home() -> AwsHome:
    """An empty table, an empty bucket and empty queues."""
    return open_aws()
