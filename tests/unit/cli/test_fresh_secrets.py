"""``secrets fresh``: a random secret for every sender, for its owner's eyes only."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from hookline.config import load
from hookline.config.secret_values import is_published
from hookline.runtimes.embedded.settings import read_env_file, read_secrets

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).parents[3]


@pytest.fixture(params=["transactions", "senders"])
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of an example, without its .env."""
    shutil.copytree(ROOT / "examples" / request.param, tmp_path / "project", ignore=shutil.ignore_patterns(".env"))
    return tmp_path / "project"


def fresh(project: Path) -> Result:
    """Run it."""
    return CliRunner().invoke(main, ["secrets", "fresh", "--config", str(project / "hookline.toml")])


def test_every_sender_gets_a_secret_that_it_can_use(example: Path) -> None:
    """A server starts on them, and nobody else has them."""
    result = fresh(example)

    config, env = load(example / "hookline.toml"), example / ".env"
    values = read_secrets(config, env)
    assert result.exit_code == 0, result.output
    assert set(values) == set(config.secret_names)
    assert not any(is_published(value) for value in values.values())
    assert len(set(values.values())) == len(values)
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert not any(value.decode() in result.output for value in values.values())


def test_what_is_there_stays(example: Path) -> None:
    """A second run adds what a new source needs, and changes no secret that a sender has already."""
    fresh(example)
    env = example / ".env"
    first = read_env_file(env)
    kept = dict(list(first.items())[1:])
    env.write_text("".join(f"{name}={value}\n" for name, value in kept.items()).rstrip("\n"))

    again = fresh(example)

    second = read_env_file(env)
    assert again.exit_code == 0, again.output
    assert second.keys() == first.keys()
    assert {name: second[name] for name in kept} == kept
    assert "has every secret already" in fresh(example).output


def test_a_private_half_is_written_for_trying_out(tmp_path: Path) -> None:
    """`hookline send discord` signs with it; the server needs only the public one."""
    (tmp_path / "hookline.toml").write_text(
        '[sources.discord]\nverify = { scheme = "discord", secrets = ["DISCORD_SECRET"] }\n[queues.q]\n'
    )

    fresh(tmp_path)

    assert list(read_env_file(tmp_path / ".env")) == ["DISCORD_SECRET", "DISCORD_PRIVATE_KEY"]


def test_a_published_secret_is_never_written_to_aws(example: Path) -> None:
    """Anyone can reach a deployed function: it has no loopback, where a warning would be enough."""
    published = read_env_file(example / ".env.example")
    name = "TRANSACTIONS_SECRET" if "TRANSACTIONS_SECRET" in published else "GITHUB_SECRET"
    words = ["secrets", "set", name, "--target", "aws:prod", "--config", str(example / "hookline.toml")]

    result = CliRunner().invoke(main, words, input=published[name])

    assert result.exit_code == 1
    assert "[secret_unusable]" in result.output
    assert "published example" in result.output
    assert published[name] not in result.output


def test_make_run_makes_secrets_and_copies_none() -> None:
    """The example's secret is known to everybody."""
    makefile = (ROOT / "Makefile").read_text()

    assert "secrets fresh" in makefile
    assert ".env.example" not in makefile
