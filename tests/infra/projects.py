"""Projects to declare: the example, with one thing changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

__all__ = ["EXAMPLE", "project"]

EXAMPLE = Path(__file__).parents[2] / "examples" / "transactions"
_OTHER = {"type": "object", "required": ["event_id"]}


def project(folder: Path, old: str = "", new: str = "", **files: object) -> Path:
    """The example's hookline.toml in ``folder``, with ``old`` replaced by ``new``; ``other.schema.json`` is next to it."""
    text = (EXAMPLE / "hookline.toml").read_text()
    assert old in text
    shutil.copy(EXAMPLE / "transaction.schema.json", folder)
    (folder / "other.schema.json").write_text(json.dumps(files.get("other", _OTHER)))
    written = folder / "hookline.toml"
    written.write_text(text.replace(old, new, 1) if old else text)
    return written
