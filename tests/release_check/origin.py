"""Where hookline comes from in this process: the wheel in ``make release-check``, otherwise the checkout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["IN_THE_CHECKOUT", "WANTED", "foreign", "importable"]

IN_THE_CHECKOUT = Path(__file__).parents[2] / "src" / "hookline"
WANTED = Path(os.environ.get("HOOKLINE_UNDER_TEST", IN_THE_CHECKOUT))
"""The folder that hookline has to come from."""


def importable() -> set[Path]:
    """Each folder that an import of hookline could use: from every entry of ``sys.path``, by every finder."""
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
    found = [finder.find_spec("hookline", [entry]) for finder in finders for entry in {*sys.path, str(Path.cwd())}]
    return {Path(spec.origin).parent for spec in found if spec is not None and spec.origin is not None}


def foreign() -> dict[str, str]:
    """The modules of hookline that this process has imported from elsewhere, each with its file."""
    files = {name: module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "hookline"}
    return {name: file for name, file in files.items() if file and not Path(file).is_relative_to(WANTED)}
