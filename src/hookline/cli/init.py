"""``hookline init``."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import click

from hookline.cli.options import example
from hookline.cli.template import template_folder
from hookline.cli.text import safe

__all__ = ["init"]

_FILES = (".env.example", "hookline.toml", "transaction.schema.json", "samples/*.json")

_OWNER_ONLY = 0o600
_ANYBODY = 0o666  # less the umask
_SECRET_BYTES = 32


@click.command(epilog=example("hookline init payments-hooks"))
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def init(directory: Path) -> None:
    """Write a project that runs into DIR: configuration, schema, samples, and a fresh secret in .env.

    Nothing that is there is overwritten: if any of the files exists, none is written.
    """
    files = _template() | {".env": _env(), ".gitignore": b".env\ndata/\n"}
    if there := [name for name in sorted(files) if os.path.lexists(directory / name)]:
        raise click.UsageError(f"{directory} has {', '.join(there)} already; nothing was written")
    for name, content in sorted(files.items()):
        _write(directory / name, content, mode=_OWNER_ONLY if name == ".env" else _ANYBODY)
    click.echo("\n".join([f"Wrote {', '.join(sorted(files))}.", "", "Next:", *_next_steps(directory)]))


def _next_steps(directory: Path) -> list[str]:
    return [
        f"  cd {safe(str(directory))}",
        "  hookline check --secrets   # what was configured, and whether the secret is there",
        "  hookline serve             # receives on http://127.0.0.1:8080/webhook",
        "  hookline send transactions samples/payment.json   # in another terminal",
        "  hookline queues peek payments",
    ]


def _template() -> dict[str, bytes]:
    root = template_folder()
    return {str(path.relative_to(root)): path.read_bytes() for pattern in _FILES for path in root.glob(pattern)}


def _env() -> bytes:
    secret = base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return f"# Made by hookline init for this project alone. Never commit it.\nTRANSACTIONS_SECRET=whsec_{secret}\n".encode()


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Write a new file; one that appeared meanwhile is an error, not overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
