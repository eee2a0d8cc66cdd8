"""Check a release, build it into ``dist/``, and run its tests against the wheel. Arguments go to pytest."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from release_check.archives import (
    ROOT,
    build,
    copy,
    differing,
    expected_in_sdist,
    expected_in_wheel,
    git,
    lacking,
    strays,
    unpack,
)
from release_check.bill import INSTALLATIONS, faults, install, missing, tried, write
from release_check.notes import faults as faults_of_notes
from release_check.notes import read
from release_check.wheel import TESTS, environment, run_tests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release_check.bill import Installation
    from release_check.notes import Notes

STEPS = ("version", "archives", "server", "functions", "tests")
"""The steps, in this order. Each step prints one line when it has passed."""

_DIST = ROOT / "dist"
_DAY = 86400
_LAST_LINES = 20


def main(arguments: list[str]) -> None:
    """Stop at the first step that fails, with a sentence for each fault. Only a check that passes leaves files in ``dist/``."""
    shutil.rmtree(_DIST, ignore_errors=True)
    progress = _Progress()
    notes = read()
    _stop_on(faults_of_notes(notes))
    progress.passed(_described(notes))
    with tempfile.TemporaryDirectory(prefix="hookline-release-") as temporary:
        folder = Path(temporary)
        ready = folder / "dist"
        wheel, sdist = _archives(folder, ready)
        progress.passed(
            f"{wheel.name} and {sdist.name} are complete; built again from the sdist, they have the same bytes"
        )
        for one in INSTALLATIONS:
            listed = _installed(one, ready / f"hookline-{notes.version}-{one.name}.cdx.json", wheel, folder)
            progress.passed(f"installed from the wheel as users do; bill of materials valid, {listed} packages")
        python = environment(wheel, folder / "environment")
        if not run_tests(python, unpack(sdist, folder / "sources"), arguments or TESTS):
            sys.exit("the tests fail against the wheel")
        progress.passed("the tests pass against the wheel")
        shutil.copytree(ready, _DIST)
    _say(f"dist/ is ready: {', '.join(sorted(path.name for path in _DIST.iterdir()))}")


class _Progress:
    """Prints a line for each step that has passed, with the time that it took."""

    def __init__(self) -> None:
        self._done = 0
        self._since = time.monotonic()

    def passed(self, text: str) -> None:
        """Of the next step."""
        since, self._since = self._since, time.monotonic()
        self._done += 1
        _say(f"{self._done}/{len(STEPS)} {STEPS[self._done - 1]}: {text} ({self._since - since:.0f} s)")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _stop_on(complaints: Iterable[str]) -> None:
    if found := list(complaints):
        sys.exit("\n".join(found))


def _described(notes: Notes) -> str:
    tag = f"tag {notes.releases[0]}" if notes.releases else "no tag, so this is a rehearsal"
    return f"{notes.version}; {tag}; changelog in order; the working tree is the commit"


def _archives(folder: Path, ready: Path) -> tuple[Path, Path]:
    """The wheel and the sdist in ``ready``, after both were built again from the unpacked sdist with the same result."""
    moment = int(git("log", "-1", "--format=%ct"))
    first = build(copy(folder / "checkout"), folder / "first", umask=0o022, moment=moment)
    unpacked = unpack(first[1], folder / "another" / "place")
    second = build(unpacked, folder / "second", umask=0o077, moment=moment - _DAY)
    _stop_on(
        [
            *(f"{name} is not the same when it is built from the sdist" for name in differing(first, second)),
            *(f"{one.name} holds {stray}, which must not be published" for one in first for stray in strays(one)),
            *(f"{first[0].name} lacks {name}" for name in lacking(first[0], expected_in_wheel())),
            *(f"{first[1].name} lacks {name}" for name in lacking(first[1], expected_in_sdist())),
        ]
    )
    ready.mkdir()
    wheel, sdist = (Path(shutil.copy2(path, ready)) for path in first)
    return wheel, sdist


def _installed(one: Installation, bill: Path, wheel: Path, folder: Path) -> int:
    """Install the wheel as users do, and write its bill of materials. Returns the number of packages. A server is also tried."""
    python = install(one, wheel, folder / one.name)
    listed = write(python, bill)
    _stop_on([*faults(bill), *missing(bill, python)])
    if one.name == "server":
        tried(python, folder)
    return listed


def _failed(error: subprocess.CalledProcessError) -> str:
    """The command that failed, and the end of what it printed."""
    printed = [text.decode() if isinstance(text, bytes) else text for text in (error.stdout, error.stderr) if text]
    lines = "".join(printed).strip().splitlines()[-_LAST_LINES:]
    return "\n".join([*lines, f"this command failed: {' '.join(map(str, error.cmd))}"])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as failure:
        sys.exit(_failed(failure))
