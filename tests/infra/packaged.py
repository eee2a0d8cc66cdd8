"""The archives for this very machine, built once and unpacked as Lambda unpacks them, and a bare interpreter that has nothing else."""

from __future__ import annotations

import atexit
import json
import shutil
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: what a script prints as JSON

from archives import built
from processes import run_process

if TYPE_CHECKING:
    from hookline.infra.packaging import Archives

EXAMPLE = Path(__file__).parents[2] / "examples" / "transactions" / "hookline.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Where Lambda would have them: the function in its task folder, the layer under ``/opt``."""

    archives: Archives
    function: Path
    layer: Path

    def run(self, script: str, *arguments: str) -> Any:
        """What ``script`` prints as JSON, in an interpreter that sees only the standard library and both archives."""
        paths = [str(self.function), str(self.layer / "python")]
        done = run_process(
            [
                sys.executable,
                "-I",
                "-S",
                "-W",
                "error",
                "-c",
                f"import sys\nsys.path[:0] = {paths!r}\n{script}",
                *arguments,
            ],
            capture_output=True,
            text=True,
            timeout=60,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@cache
def unpacked() -> Unpacked:
    """The example project's archives for this machine; gone when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="hookline-packaged-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    archives = built(EXAMPLE, folder / "archives")
    for archive, name in ((archives.function, "function"), (archives.layer, "layer")):
        with zipfile.ZipFile(archive.path) as file:
            file.extractall(folder / name)
    return Unpacked(archives=archives, function=folder / "function", layer=folder / "layer")
