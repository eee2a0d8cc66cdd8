"""How many files the process may have open, and who gets them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.runtimes.embedded.files import share_files


@pytest.mark.parametrize(
    ("limit", "webhooks", "admin"),
    [(1_048_576, 8192, 512), (20_000, 8192, 512), (4096, 3456, 512), (1024, 768, 128), (256, 160, 32), (64, 40, 8)],
)
def test_the_admin_port_and_the_database_have_files_of_their_own(limit: int, webhooks: int, admin: int) -> None:
    """A flood of webhooks must leave files to the port where an operator would see it, and to the disk."""
    shares = share_files(limit, wanted=8192)

    assert (shares.webhooks, shares.admin) == (webhooks, admin)


@given(limit=st.integers(16, 2_000_000), wanted=st.integers(1, 1_000_000))
def test_the_shares_fit_into_the_limit(limit: int, wanted: int) -> None:
    """With at least a quarter of a low limit, and 128 files of any other, left for the rest. Consumers leave room on the admin port."""
    shares = share_files(limit, wanted=wanted)

    assert shares.webhooks + shares.admin + min(128, limit // 4) <= limit
    assert 1 <= shares.webhooks <= wanted
    assert shares.waits < shares.admin or shares.admin == 1
