"""Check a release, build it into ``dist/``, and run its tests against the wheel. Arguments go to pytest."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from hookline import __version__
from release_check.archives import ROOT, build, differing, git, strays, unpack
from release_check.bill import INSTALLATIONS, install, missing, tried, write
from release_check.notes import faults
from release_check.wheel import TESTS, environment, run_tests

_DIST = ROOT / "dist"
_DAY = 86400


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _stop_on(complaints: list[str]) -> None:
    if complaints:
        sys.exit("\n".join(complaints))


def _archives(folder: Path) -> list[Path]:
    """The sdist and the wheel in ``dist/``, after they were built twice with the same result."""
    moment = int(git("log", "-1", "--format=%ct"))
    first = build(folder / "first", umask=0o022, moment=moment)
    second = build(folder / "second" / "deeper", umask=0o077, moment=moment - _DAY)
    _stop_on([f"{name} is not the same when it is built again" for name in differing(first, second)])
    _stop_on([f"{one.name} holds {stray}" for one in first for stray in strays(one)])
    shutil.rmtree(_DIST, ignore_errors=True)
    _DIST.mkdir()
    return [Path(shutil.copy2(path, _DIST)) for path in first]


def _bills(wheel: Path, folder: Path) -> None:
    """Install the wheel as users do, try it on a server, and list in ``dist/`` what each installation holds."""
    for one in INSTALLATIONS:
        python = install(one, wheel, folder / one.name)
        bill = _DIST / f"hookline-{__version__}-{one.name}.cdx.json"
        write(python, bill)
        _stop_on([f"{bill.name} does not list {package}" for package in missing(bill, python)])
        if one.name == "server":
            tried(python, folder)


def main(arguments: list[str]) -> None:
    """Stop at the first step that fails, with a sentence for each fault."""
    tags = tuple(git("tag", "--points-at", "HEAD").split())
    clean = not git("status", "--porcelain").strip()
    _stop_on(faults(__version__, tags, (ROOT / "CHANGELOG.md").read_text("utf-8"), clean=clean))
    _say(f"version {__version__}, {f'tag {tags[0]}' if tags else 'no tag: a rehearsal'}, changelog: good")
    with tempfile.TemporaryDirectory(prefix="hookline-release-") as temporary:
        folder = Path(temporary)
        wheel, sdist = sorted(_archives(folder), key=lambda path: path.suffix != ".whl")
        _say(f"{wheel.name} and {sdist.name}: built twice, the same bytes")
        _bills(wheel, folder)
        _say("installed from the wheel: init, check and demo pass; bills of materials: valid and complete")
        python = environment(wheel, folder / "environment")
        sources = unpack(sdist, folder / "sources")
        if not run_tests(python, sources, arguments or TESTS):
            sys.exit("the tests fail against the wheel")
    _say(f"dist/ is ready: {', '.join(sorted(path.name for path in _DIST.iterdir()))}")


if __name__ == "__main__":
    main(sys.argv[1:])
