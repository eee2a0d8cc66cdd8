"""``hookline access``."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example
from hookline.cli.output import shows
from hookline.config import load, parse
from hookline.config.new_access import access_text, secret_name_for
from hookline.domain.access import Right
from hookline.pipeline.access.unused import key_document
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.embedded.fresh_secrets import write_secrets
from hookline.runtimes.embedded.settings import read_env_file
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.ports.key_uses import KeyUse

__all__ = ["access"]


@click.group(
    epilog=example(
        "hookline access new payments-consumer --right consume --queue payments",
        "hookline access list",
    )
)
def access() -> None:
    """Make and list the keys with which callers of the admin port prove themselves."""


@access.command(
    name="new",
    epilog=example(
        "hookline access new payments-consumer --right consume --queue payments",
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
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that gets the secret. [default: .env beside the configuration]",
)
@shows
def new_access(
    *,
    key_id: str,
    rights: tuple[str, ...],
    queues: tuple[str, ...],
    config_path: Path,
    env_file: Path | None,
) -> Shown:
    """Add an [[access]] to hookline.toml, and a fresh secret for it to .env.

    The secret is not printed. Nothing is written unless the new hookline.toml is right.
    """
    name, file = secret_name_for(key_id), env_file or config_path.with_name(".env")
    load(config_path)
    text = config_path.read_text("utf-8")
    added = ("" if text.endswith("\n") else "\n") + access_text(key_id, name, rights, queues)
    parse(text + added, base=config_path.parent, name=config_path.name)
    if name not in (read_env_file(file) if file.exists() else ()):
        write_secrets(file, {name: secrets.token_hex(32)})
    with config_path.open("a", encoding="utf-8") as opened:
        opened.write(added)
    document = {"id": key_id, "rights": rights, "queues": queues, "secret": name}
    said = (
        f"{config_path}: added the access key {key_id} ({', '.join(rights)} on {', '.join(queues)})\n"
        f"{file}: its secret is {name}\n"
        f"Callers sign with AWS_ACCESS_KEY_ID={key_id} and that secret as AWS_SECRET_ACCESS_KEY. From the next start or SIGHUP on, "
        "every caller of the admin port has to prove itself."
    )
    return Shown(document={**document, "config": str(config_path), "env_file": str(file)}, parts=[said])


@access.command(name="list", epilog=example("hookline access list", "hookline access list --data-dir data --json"))
@config_option
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Say when each key was last used, with or without a server running.",
)
@shows
def list_access(*, config_path: Path, data_dir: Path | None) -> Shown:
    """List the access keys with their rights and queues. No value of a secret is read."""
    keys = load(config_path).access
    uses = _uses(data_dir) if data_dir else {}
    documents = [key_document(key, uses.get(key.id)) for key in keys]
    rows = [(*(", ".join(cell) if isinstance(cell, list) else cell for cell in one.values()),) for one in documents]
    return listed(("id", "rights", "queues", "secret", "last used"), rows, documents)


def _uses(data_dir: Path) -> Mapping[str, KeyUse]:
    with open_home(data_dir) as home:
        return home.key_uses.known()
