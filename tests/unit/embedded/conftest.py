"""What the tests of the webhook endpoint share."""

from __future__ import annotations

import pytest

from unit.embedded.endpoint import Endpoint


@pytest.fixture
def endpoint() -> Endpoint:
    """One source that takes anything of up to 1,000 bytes."""
    return Endpoint()
