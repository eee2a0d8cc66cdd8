"""Replaces the content of a file in one step."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["replace_file"]


def replace_file(path: Path, text: str) -> None:
    """Replace the file at ``path`` by a new one with the same mode: a reader sees the old or the new content, never a part."""
    target = path.resolve()
    copy = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        copy.chmod(target.stat().st_mode & 0o7777)
        copy.replace(target)
    finally:
        copy.unlink(missing_ok=True)
