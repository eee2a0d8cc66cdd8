"""Which secrets are still in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.builders import START
from hookline.config import parse
from hookline.config.canary import CANARY, CANARY_SECRET, with_wanted_canary
from hookline.pipeline.secret_uses import used_secrets
from hookline.ports.event_store import SecretUse

PROJECT = """
[sources.shop]
verify = { scheme = "standard-webhooks", secrets = ["SHOP_SECRET"] }
[queues.orders]
[canary]
"""
USES = [
    SecretUse(source=source, secret=secret, events=3, last_received_at=START)
    for source, secret in (("shop", "OLD_SECRET"), (CANARY, CANARY_SECRET))
]


@pytest.mark.parametrize("joined", [False, True])
def test_the_secret_of_the_canary_is_not_listed(*, joined: bool) -> None:
    """It was once listed as no longer named, as if a rotation were not finished."""
    config = parse(PROJECT, base=Path())

    found = used_secrets(with_wanted_canary(config) if joined else config, USES)

    assert [(one.secret, one.named) for one in found] == [("SHOP_SECRET", True), ("OLD_SECRET", False)]
