"""``hookline init``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hookline.cli.options import example, template_folder
from hookline.cli.output import shows
from hookline.pipeline.shown import Shown
from hookline.providers.general.standard_webhooks import StandardWebhooks
from hookline.runtimes.embedded.fresh_secrets import OWNER_ONLY, fresh_secret, write_new

__all__ = ["init"]

_FILES = (".env.example", "hookline.toml", "transaction.schema.json", "samples/*.json")

_ANYBODY = 0o666  # less the umask


@click.command(epilog=example("hookline init payments-hooks"))
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@shows
def init(*, directory: Path) -> Shown:
    """Write a project that runs into DIR: configuration, schema, samples, and a fresh secret in .env.

    Nothing that is there is overwritten: if any of the files exists, none is written.
    """
    files = _template() | {".env": _env(), ".gitignore": b".env\ndata/\n"}
    if there := [name for name in sorted(files) if os.path.lexists(directory / name)]:
        raise click.UsageError(f"{directory} has {', '.join(there)} already; nothing was written")
    for name, content in sorted(files.items()):
        write_new(directory / name, content, mode=OWNER_ONLY if name == ".env" else _ANYBODY)
    said = [f"Wrote {', '.join(sorted(files))}.", "", "Next:", *_next_steps(directory)]
    return Shown(document={"directory": str(directory), "wrote": sorted(files)}, parts=said)


def _next_steps(directory: Path) -> list[str]:
    return [
        f"  cd {directory}",
        "  hookline check --secrets   # what was configured, and whether the secret is there",
        "  hookline serve             # receives on http://127.0.0.1:8080/webhook",
        "  hookline send transactions samples/payment.json   # in another terminal",
        "  hookline queues peek payments",
    ]


def _template() -> dict[str, bytes]:
    root = template_folder()
    return {str(path.relative_to(root)): path.read_bytes() for pattern in _FILES for path in root.glob(pattern)}


def _env() -> bytes:
    secret = fresh_secret(StandardWebhooks())
    return f"# Made by hookline init for this project only. Never commit it.\nTRANSACTIONS_SECRET={secret}\n".encode()
