"""Finds the keys that open and seal the bodies of a data directory, for a server or a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hookline.adapters.sqlite import Sealing, StorageKey
from hookline.config.storage_key import storage_key
from hookline.errors import Complaint, ConfigError
from hookline.runtimes.embedded.settings import find_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.config import Config

__all__ = ["sealing_of", "sealing_of_commands"]


def sealing_of(config: Config, secrets: Mapping[str, bytes]) -> Sealing:
    """The sealing of a server: the first key of the list seals, and all open. Raises ConfigError without the library."""
    names = config.storage.key
    if names:
        try:
            import cryptography  # noqa: F401, PLC0415 -- only a server with a key needs it
        except ImportError:
            why = "needs the package cryptography: install hookline[asymmetric]"
            raise ConfigError([Complaint(where="storage.key", why=why)]) from None
    keys = ((name, storage_key(secrets[name])) for name in names)
    return Sealing([StorageKey(name=name, value=key) for name, key in keys if key is not None])


def sealing_of_commands(data_dir: Path) -> Sealing:
    """The sealing of a command: the file names the keys; their values are in the environment or in .env, here or near the directory."""

    def value_of(name: str) -> bytes | None:
        for folder in (Path(), data_dir.absolute().parent):
            file = folder / ".env"
            found = find_values([name], file if file.is_file() else None).get(name)
            if found and (key := storage_key(found)):
                return key
        return None

    return Sealing(None, value_of)
