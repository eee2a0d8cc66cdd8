"""``hookline access``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example
from hookline.cli.output import shows
from hookline.cli.values import FOLDER, written_env_file_option
from hookline.domain.access import Right
from hookline.runtimes.direct import access as direct

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.pipeline.shown import Shown

__all__ = ["access"]

_NEW = "hookline access new payments-consumer --right consume --queue payments"


@click.group(epilog=example(_NEW, "hookline access list"))
def access() -> None:
    """Create and list the keys with which callers of the admin port prove who they are."""


@access.command(
    name="new",
    epilog=example(
        _NEW,
        "hookline access new grafana --right view --queue '*'",
        "hookline access new on-call --right operate --queue payments --queue payments-dlq",
    ),
)
@click.argument("key_id", metavar="ID")
@click.option(
    "--right",
    "rights",
    type=click.Choice([right.value for right in Right]),
    multiple=True,
    required=True,
    help="What the key may do with its queues; may be repeated.",
)
@click.option(
    "--queue", "queues", metavar="NAME", multiple=True, required=True, help="A queue, or * for all; may be repeated."
)
@config_option
@written_env_file_option
@shows
def new_access(*, config_path: Path, env_file: Path | None, key_id: str, **what: tuple[str, ...]) -> Shown:
    """Add an [[access]] to hookline.toml, and a fresh secret for it to .env.

    The secret is not printed. Nothing is written unless the new hookline.toml is valid.
    """
    return direct.add_access(config_path, env_file or config_path.with_name(".env"), key_id, **what)


@access.command(name="list", epilog=example("hookline access list", "hookline access list --data-dir data --json"))
@config_option
@click.option("--data-dir", type=FOLDER, help="Show when each key was last used, with or without a server running.")
@shows
def list_access(*, config_path: Path, data_dir: Path | None) -> Shown:
    """List the access keys with their rights and queues. No value of a secret is read."""
    return direct.list_access(config_path, data_dir)
