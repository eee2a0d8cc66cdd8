"""``key`` under ``[storage]``: names of secrets, each the base64 of 32 bytes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.errors import ConfigError
from hookline.infra.aws_warnings import aws_warnings
from hookline.runtimes.embedded.fresh_secrets import fresh_secrets
from hookline.runtimes.embedded.settings import read_secrets

REST = '[sources.shop]\nverify = { scheme = "none" }\nid = "id"\n[queues.q]\n'
GOOD = base64.b64encode(bytes(range(32))).decode()


def text(key: str) -> str:
    """A configuration with this key."""
    return f"[storage]\nkey = {key}\n{REST}"


@pytest.mark.parametrize(("written", "names"), [('"ONE"', ("ONE",)), ('["ONE", "TWO"]', ("ONE", "TWO")), ("[]", ())])
def test_one_name_or_a_list_of_them(written: str, names: tuple[str, ...]) -> None:
    """The first of a list seals; a server needs all of them."""
    config = parse(text(written), base=Path())

    assert config.storage.key == names
    assert set(names) <= set(config.local_secret_names)
    assert set(names).isdisjoint(config.aws_secret_names)


@pytest.mark.parametrize("written", ["1", "true", '["ONE", "ONE"]', '["ONE", 2]', f'"{GOOD}"', '"two words"', '""'])
def test_what_is_no_name_is_refused(written: str) -> None:
    """Users may write the key itself instead of its name."""
    with pytest.raises(ConfigError, match=r"storage\.key") as raised:
        parse(text(written), base=Path())

    assert GOOD not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "is missing"),
        ("", "is missing"),
        ("short", "is not the base64 of 32 random bytes"),
        (base64.b64encode(bytes(31)).decode(), "is not the base64 of 32 random bytes"),
        (base64.b64encode(bytes(32)).decode(), "is not the base64 of 32 random bytes"),
        ("k" * 43, "is not the base64 of 32 random bytes"),
        (bytes(range(32)).hex(), "is not the base64 of 32 random bytes"),
    ],
)
def test_a_server_refuses_what_is_no_key(monkeypatch: pytest.MonkeyPatch, value: str | None, why: str) -> None:
    """The error has its name, never its value; a key that is too short, or all zeros, is refused."""
    if value is not None:
        monkeypatch.setenv("ONE", value)

    with pytest.raises(ConfigError) as raised:
        read_secrets(parse(text('"ONE"'), base=Path()), serving=True)

    assert f"storage.key: the secret ONE {why}" in str(raised.value)
    assert not value or value not in str(raised.value)


def test_two_names_of_one_key_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rotation to the same key changes nothing."""
    for name in ("ONE", "TWO"):
        monkeypatch.setenv(name, GOOD)

    with pytest.raises(ConfigError, match="the secret ONE is the same key as another one"):
        read_secrets(parse(text('["ONE", "TWO"]'), base=Path()), serving=True)


def test_a_command_that_verifies_needs_no_key() -> None:
    """Only the server and commands that open bodies need it."""
    assert read_secrets(parse(text('"ONE"'), base=Path())) == {}


def test_a_fresh_key_is_one_that_the_server_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call makes another key."""
    config = parse(text('["ONE", "TWO"]'), base=Path())

    made = fresh_secrets(config, ())

    for name, value in made.items():
        monkeypatch.setenv(name, value)
    assert set(read_secrets(config, serving=True)) == {"ONE", "TWO"}
    assert fresh_secrets(config, ["ONE"]).keys() == {"TWO"}


def test_on_aws_the_key_is_said_to_have_no_effect() -> None:
    """One hookline.toml is for both homes, and nobody should believe that this key seals there."""
    (warning,) = aws_warnings(parse(text('"ONE"'), base=Path()))

    assert warning.where == "storage.key"
    assert "hookline:cmk" in warning.why
