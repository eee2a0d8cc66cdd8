"""How one hookline is run: what the command line says over the configuration, and where secrets come from."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.errors import ConfigError
from hookline.runtimes.embedded.settings import Settings, overridden, read_env_file, read_secrets, signing_secret

if TYPE_CHECKING:
    from hookline.config import Config

ONE = "whsec_" + base64.b64encode(b"one" * 11).decode()
TWO = "whsec_" + base64.b64encode(b"two" * 11).decode()


@pytest.fixture
def config() -> Config:
    """A source with two secrets, as during a rotation."""
    return parse(
        """
        [server]
        host = "192.0.2.1"
        port = 9000

        [sources.shop]
        verify = { scheme = "standard-webhooks", secrets = ["SHOP_NEW", "SHOP_OLD"] }
        id = "id"

        [queues.orders]

        [[routes]]
        match = { source = [{ prefix = "hookline/" }] }
        queues = ["orders"]
        """,
        base=Path(),
    )


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """An empty env file."""
    return tmp_path / ".env"


# settings


def test_the_command_line_wins_over_the_configuration(config: Config) -> None:
    """A second server on another port must need no second file, and port 0 is a port too."""
    server = overridden(config.server, host=None, port=0, admin_port=9002)

    assert (server.host, server.port, server.admin_port) == ("192.0.2.1", 0, 9002)


def test_what_the_command_line_leaves_out_stays(config: Config, tmp_path: Path) -> None:
    """Values of hookline.toml apply where the command line has none."""
    assert overridden(config.server, host=None, port=None, admin_port=None) == config.server
    assert Settings(data_dir=tmp_path, server=config.server).log_format == "auto"


# the env file


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("NAME=value", "NAME", "value"),
        ("  NAME = value  ", "NAME", "value"),
        ("export NAME=value", "NAME", "value"),
        ('NAME="value"', "NAME", "value"),
        ("NAME='value'", "NAME", "value"),
        ("NAME=a=b==", "NAME", "a=b=="),
        ("NAME=", "NAME", ""),
        ('NAME=""', "NAME", ""),
        ('NAME="', "NAME", '"'),
        ('NAME="it\'s"', "NAME", "it's"),
        ("NAME='a\"", "NAME", "'a\""),
        ('NAME=" padded "', "NAME", " padded "),
        ("NAME=v#1", "NAME", "v#1"),
        ("NAME=schlüssel", "NAME", "schlüssel"),
        ("_n1=value", "_n1", "value"),
    ],
)
def test_a_line_is_a_name_and_a_value(env_file: Path, line: str, name: str, value: str) -> None:
    """The rules are those of shells, from which people know these files; a secret that is read differently fits nothing."""
    env_file.write_text(line + "\n")

    values = read_env_file(env_file)

    assert values == {name: value}


def test_blank_lines_and_comments_are_passed_over(env_file: Path) -> None:
    """An operator may write a comment for each secret."""
    env_file.write_text("# secrets\n\n   \nA=1\r\n  # more\nexport B=2")

    values = read_env_file(env_file)

    assert values == {"A": "1", "B": "2"}


def test_the_last_line_of_a_name_holds(env_file: Path) -> None:
    """A shell reads such a file in the same way."""
    env_file.write_text("A=1\nA=2\n")

    values = read_env_file(env_file)

    assert values == {"A": "2"}


def test_every_line_that_cannot_be_read_is_named_and_none_is_repeated(env_file: Path) -> None:
    """All together, by number; a line may contain a secret, so the message does not repeat it."""
    env_file.write_text(f"{ONE}\nA=1\nnot a name={TWO}\n={ONE}\n1A=x\n")

    with pytest.raises(ConfigError) as caught:
        read_env_file(env_file)

    assert [complaint.where for complaint in caught.value.complaints] == [
        f"{env_file} (line {number})" for number in (1, 3, 4, 5)
    ]
    assert ONE not in str(caught.value)
    assert TWO not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"A=\xff\xfe\n"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_reported_by_name(env_file: Path, content: bytes | None) -> None:
    """A wrong path to --env-file must not look like a missing secret."""
    if content is not None:
        env_file.write_bytes(content)

    with pytest.raises(ConfigError) as caught:
        read_env_file(env_file)

    assert [complaint.where for complaint in caught.value.complaints] == [str(env_file)]


# secrets


def test_secrets_come_from_the_environment(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else of the environment is read."""
    monkeypatch.setenv("SHOP_NEW", ONE)
    monkeypatch.setenv("SHOP_OLD", TWO)

    secrets = read_secrets(config)

    assert secrets == {"SHOP_NEW": ONE.encode(), "SHOP_OLD": TWO.encode()}


def test_a_sender_signs_with_its_first_secret_whether_or_not_the_others_are_there(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """During a rotation a test event is signed with the new secret; the old one need not be on this machine."""
    monkeypatch.setenv("SHOP_NEW", ONE)
    monkeypatch.delenv("SHOP_OLD", raising=False)

    assert signing_secret(config, config.sources[0]) == ONE.encode()


def test_the_env_file_wins_over_the_environment(
    config: Config, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file was named for this run, and the environment may be that of another."""
    monkeypatch.setenv("SHOP_NEW", TWO)
    monkeypatch.setenv("SHOP_OLD", TWO)
    env_file.write_text(f"SHOP_NEW={ONE}\n")

    secrets = read_secrets(config, env_file)

    assert secrets == {"SHOP_NEW": ONE.encode(), "SHOP_OLD": TWO.encode()}


def test_all_missing_secrets_are_named_together(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """One start, one list; an empty value counts as missing, and is better found now than at the first request."""
    monkeypatch.setenv("SHOP_NEW", "")
    monkeypatch.delenv("SHOP_OLD", raising=False)

    with pytest.raises(ConfigError) as caught:
        read_secrets(config)

    assert [str(complaint) for complaint in caught.value.complaints] == [
        "sources.shop.verify.secrets: the secret SHOP_NEW is missing",
        "sources.shop.verify.secrets: the secret SHOP_OLD is missing",
    ]


def test_a_secret_that_cannot_be_used_is_refused_without_its_value(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A truncated copy would refuse every request; the message goes to terminals and tickets."""
    monkeypatch.setenv("SHOP_NEW", "whsec_c2hvcnQ=")
    monkeypatch.setenv("SHOP_OLD", TWO)

    with pytest.raises(ConfigError) as caught:
        read_secrets(config)

    assert "SHOP_NEW" in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)


def test_a_secret_that_is_not_utf8_is_still_bytes(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment holds bytes. A value that fits nothing is reported in words and not with a traceback."""
    monkeypatch.setenv("SHOP_NEW", os.fsdecode(b"whsec_\xff\xfe"))
    monkeypatch.setenv("SHOP_OLD", TWO)

    with pytest.raises(ConfigError) as caught:
        read_secrets(config)

    assert "SHOP_NEW" in str(caught.value)
