"""``hookline check``."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, env_file_beside, env_file_option, example, json_option
from hookline.cli.output import print_json, print_table
from hookline.cli.topology import topology
from hookline.config import load
from hookline.runtimes.embedded.settings import read_secrets

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.cli.topology import SourceShape, Topology

__all__ = ["check"]


@click.command(epilog=example("hookline check", "hookline check --secrets --env-file .env", "hookline check --json"))
@config_option
@click.option("--secrets", is_flag=True, help="Check the secrets' values too: that they are there and can be used.")
@env_file_option
@json_option
def check(*, config_path: Path, secrets: bool, env_file: Path | None, as_json: bool) -> None:
    """Print what the configuration comes to, every default filled in; or everything that is wrong with it, at once."""
    if env_file is not None and not secrets:
        raise click.UsageError("--env-file is read with --secrets alone")
    config = load(config_path)
    found = read_secrets(config, env_file_beside(config_path, env_file)) if secrets else None
    shape = topology(config, tomllib.loads(config_path.read_text("utf-8")))
    if as_json:
        print_json({**asdict(shape), "secrets_checked": None if found is None else sorted(found)})
        return
    _print(shape)
    if found is not None:
        click.echo(f"secrets: {len(found)} of {len(config.secret_names)} there and usable")


def _print(shape: Topology) -> None:
    for source in shape.sources:
        print_table(("source", source.name), _source_rows(source))
        click.echo()
    print_table(
        ("queue", "dead letters", "max receives", "visibility", "retention"),
        [(q.name, q.dead_letter_queue, q.max_receives, q.visibility_timeout, q.retention) for q in shape.queues],
    )
    click.echo()
    print_table(
        ("match", "queues"),
        [(json.dumps(route.match), ", ".join(route.queues)) for route in shape.routes],
    )


def _source_rows(source: SourceShape) -> list[tuple[str, str | None]]:
    return [
        ("path", f"POST {source.path}"),
        ("scheme", source.scheme if source.secrets else f"{source.scheme} (takes anything)"),
        ("secrets", ", ".join(source.secrets) or "none"),
        ("id", source.id),
        ("type", source.type or "always webhook"),
        ("time", source.time or "time of receipt"),
        ("schema", source.schema or "none"),
    ]
