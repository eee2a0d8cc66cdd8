"""Another text for a file, in one step."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["replace_file"]


def replace_file(path: Path, text: str) -> None:
    """Put a new file in place of the one at ``path``, with its mode: a reader sees the one or the other, and never a part."""
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
