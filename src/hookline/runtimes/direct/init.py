"""``hookline init``: creates a new project in a folder, with the example's files and a new secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hookline.config.units import UnusableError
from hookline.pipeline.shown import Shown
from hookline.providers.general.standard_webhooks import StandardWebhooks
from hookline.runtimes.embedded.fresh_secrets import OWNER_ONLY, fresh_secret, write_new

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_project"]

_FILES = (".env.example", "hookline.toml", "transaction.schema.json", "samples/*.json")

_ANYBODY = 0o666  # less the umask


def write_project(directory: Path, template: Path) -> Shown:
    """Write the files of ``template``, .env and .gitignore into the directory. Raises UnusableError where one of them exists."""
    files = _files_of(template) | {".env": _env(), ".gitignore": b".env\ndata/\n"}
    if there := [name for name in sorted(files) if os.path.lexists(directory / name)]:
        raise UnusableError(f"{directory} has {', '.join(there)} already; nothing was written")
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


def _files_of(template: Path) -> dict[str, bytes]:
    paths = [path for pattern in _FILES for path in template.glob(pattern)]
    return {str(path.relative_to(template)): path.read_bytes() for path in paths}


def _env() -> bytes:
    secret = fresh_secret(StandardWebhooks())
    return f"# Made by hookline init for this project only. Never commit it.\nTRANSACTIONS_SECRET={secret}\n".encode()
