"""Shows the built archives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.packaging.archives import SIZE_LIMIT
from hookline.pipeline.shown import Shown, Table

if TYPE_CHECKING:
    from hookline.infra.packaging.archives import Archives

__all__ = ["archives_shown"]

_COLUMNS = ("archive", "zipped", "unzipped", "sha256")
_MEBIBYTE = 1024 * 1024


def archives_shown(archives: Archives) -> Shown:
    """Both archives with their sizes, what they were made for, and how much of Lambda's limit they use."""
    rows = [
        (str(archive.path), f"{archive.size:,}", f"{archive.unzipped:,}", archive.sha256)
        for archive in (archives.layer, archives.function)
    ]
    said = (
        f"\n{archives.target.architecture}, Python {archives.target.python}, bytecode: {archives.bytecode or 'none'}; "
        f"unzipped {archives.unzipped / _MEBIBYTE:.1f} MiB of the {SIZE_LIMIT / _MEBIBYTE:.0f} MiB that Lambda allows"
    )
    warnings = [f"warning: {one}" for one in archives.warnings]
    return Shown(document=archives.as_document(), parts=[Table(columns=_COLUMNS, rows=rows), said], warnings=warnings)
