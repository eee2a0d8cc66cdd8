"""The example with every sender: it serves them all, and keeps up with the catalogue."""

from __future__ import annotations

from pathlib import Path

from hookline.config import load
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.provider import Proves
from hookline.runtimes.embedded.fresh_secrets import fresh_secrets
from hookline.runtimes.embedded.settings import read_secrets

EXAMPLE = Path(__file__).parents[3] / "examples" / "senders"


def test_the_example_has_every_sender_that_can_be_tried_out() -> None:
    """A user who wants to see one sender's call arrive finds it there, by the sender's own name."""
    config = load(EXAMPLE / "hookline.toml")

    assert {source.name for source in config.sources} == {
        name
        for name in PROVIDERS
        if name not in GENERAL and not PROVIDERS[name].needs_keys and PROVIDERS[name].proves is not Proves.NOTHING
    }
    assert all(source.name == source.scheme for source in config.sources)


def test_its_made_up_secrets_start_a_server() -> None:
    """Two commands, and every sender can be tried: no account anywhere, and no secret to invent."""
    config = load(EXAMPLE / "hookline.toml")

    secrets = read_secrets(config, EXAMPLE / ".env.example")

    assert set(secrets) == set(config.secret_names)


def test_fresh_secrets_are_such_as_each_sender_has() -> None:
    """`hookline secrets fresh` makes them, key pairs of every kind among them."""
    config = load(EXAMPLE / "hookline.toml")

    made = fresh_secrets(config, ())

    complaints = {
        source.name: config.schemes[source.name].secret_complaint(made[name].encode())
        for source in config.sources
        for name in source.secret_names
    }
    assert {name: why for name, why in complaints.items() if why} == {}
