"""Arming a source, and fresh secrets, without a command line."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.config.units import UnusableError
from hookline.errors import NotFoundError
from hookline.runtimes.direct.secrets import set_secret, write_fresh
from hookline.runtimes.direct.sources import Expected
from hookline.runtimes.embedded.settings import read_env_file

if TYPE_CHECKING:
    from pathlib import Path


def test_nobody_can_bring_a_secret_to_a_plain_address_from_anywhere() -> None:
    """The first secret wins: a stranger who calls first would sign all events from then on."""
    with pytest.raises(UnusableError, match="anyone could bring the secret"):
        Expected(length=timedelta(minutes=10), networks=(), no_token=True, reason=None)

    assert Expected(length=timedelta(minutes=10), networks=("203.0.113.0/24",), no_token=True, reason=None).no_token


def test_only_missing_secrets_are_made(project: Path) -> None:
    """A secret that a sender already has must not change."""
    env = project / ".env"
    before = read_env_file(env)["TRANSACTIONS_SECRET"]
    with (project / "hookline.toml").open("a") as toml:
        toml.write('\n[[access]]\nid = "shop"\nsecret = "SHOP_SECRET"\nrights = ["consume"]\nqueues = ["*"]\n')

    made, again = (write_fresh(project / "hookline.toml", env).document for _ in range(2))

    assert made == {"file": str(env), "wrote": ["SHOP_SECRET"]}
    assert again == {"file": str(env), "wrote": []}
    assert read_env_file(env)["TRANSACTIONS_SECRET"] == before


def test_no_value_is_asked_for_under_a_name_that_no_source_has(project: Path) -> None:
    """A person would paste a secret for a name with a slip in it."""

    def never() -> bytes:
        raise AssertionError

    with pytest.raises(NotFoundError):
        set_secret(project / "hookline.toml", "prod", "TRANSACTION_SECRET", never, key=None)
