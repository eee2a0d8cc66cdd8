"""The three servers, one set for each of hookline's own backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from differential.servers import servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from differential.servers import Three


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def three(request: pytest.FixtureRequest) -> Iterator[Three]:
    """Hookline over one of its backends, and the two others."""
    with servers(request.param) as running:
        yield running
