"""An empty AWS home for each test, over the emulator that all of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.homes import open_aws

if TYPE_CHECKING:
    from contract.homes import AwsHome


@pytest.fixture
def home() -> AwsHome:
    """Table, bucket and queues with nothing in them."""
    return open_aws()
