"""``hookline access``: adds and lists the access keys of hookline.toml."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from hookline.config import load, parse
from hookline.config.new_access import access_text, secret_name_for
from hookline.pipeline.access.unused import key_document
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.embedded.fresh_secrets import write_secrets
from hookline.runtimes.embedded.settings import read_env_file
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hookline.ports.key_uses import KeyUse

__all__ = ["add_access", "list_access"]


def add_access(
    config_path: Path, env_file: Path, key_id: str, *, rights: Sequence[str], queues: Sequence[str]
) -> Shown:
    """Add a key to hookline.toml, and a fresh secret for it to the env file. Raises ConfigError, and then nothing is written."""
    name = secret_name_for(key_id)
    load(config_path)
    text = config_path.read_text("utf-8")
    added = ("" if text.endswith("\n") else "\n") + access_text(key_id, name, rights, queues)
    parse(text + added, base=config_path.parent, name=config_path.name)
    if name not in (read_env_file(env_file) if env_file.exists() else ()):
        write_secrets(env_file, {name: secrets.token_hex(32)})
    with config_path.open("a", encoding="utf-8") as opened:
        opened.write(added)
    document = {"id": key_id, "rights": rights, "queues": queues, "secret": name}
    said = (
        f"{config_path}: added the access key {key_id} ({', '.join(rights)} on {', '.join(queues)})\n"
        f"{env_file}: its secret is {name}\n"
        f"Callers sign with AWS_ACCESS_KEY_ID={key_id} and that secret as AWS_SECRET_ACCESS_KEY. From the next start or SIGHUP on, "
        "every caller of the admin port has to prove who it is."
    )
    return Shown(document={**document, "config": str(config_path), "env_file": str(env_file)}, parts=[said])


def list_access(config_path: Path, data_dir: Path | None) -> Shown:
    """The keys with their rights and queues; with a data directory, also when each was last used."""
    keys = load(config_path).access
    uses = _uses(data_dir) if data_dir else {}
    documents = [key_document(key, uses.get(key.id)) for key in keys]
    rows = [(*(", ".join(cell) if isinstance(cell, list) else cell for cell in one.values()),) for one in documents]
    return listed(("id", "rights", "queues", "secret", "last used"), rows, documents)


def _uses(data_dir: Path) -> Mapping[str, KeyUse]:
    with open_home(data_dir) as home:
        return home.key_uses.known()
