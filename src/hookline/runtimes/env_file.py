"""Which file a project's secrets are read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["env_file_beside"]


def env_file_beside(config_path: Path, env_file: Path | None) -> Path | None:
    """The file of secrets: the one that was named, else ``.env`` in the configuration's folder, if it exists."""
    usual = config_path.with_name(".env")
    return usual if env_file is None and usual.is_file() else env_file
