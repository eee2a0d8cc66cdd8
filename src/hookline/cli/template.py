"""Where the example project is: what ``hookline init`` writes."""

from __future__ import annotations

from pathlib import Path

__all__ = ["template_folder"]

_HERE = Path(__file__)
_FOLDERS = (_HERE.with_name("template"), _HERE.parents[3] / "examples" / "transactions")
"""In the wheel, and in the repository: one set of files, which the build copies by name (see pyproject.toml)."""


def template_folder() -> Path:
    """The folder that holds its hookline.toml."""
    return next(folder for folder in _FOLDERS if (folder / "hookline.toml").is_file())
