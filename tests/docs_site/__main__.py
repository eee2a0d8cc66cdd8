"""Builds the documentation site: ``make docs``."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path

from docs_site.built import faults
from docs_site.navigation import navigation, orphans, written
from docs_site.staging import stage
from processes import run_process

ROOT = Path(__file__).parents[2]
BUILD = ROOT / ".build" / "docs"
SITE = ROOT / ".build" / "site"


def build(program: str) -> list[str]:
    """Build the site with ``program``, and return what is wrong with it."""
    for folder in (BUILD, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    pages = BUILD / "docs"
    pages.mkdir(parents=True)
    others, complaints = stage(ROOT, pages)
    found = navigation(pages, others)
    if complaints := [*complaints, *orphans(pages, found)]:
        return complaints
    config = (
        (ROOT / "zensical.toml").read_text().replace('site_dir = "site"', f'site_dir = "site"\nnav = {written(found)}')
    )
    assert tomllib.loads(config)["project"]["nav"] == found
    (BUILD / "zensical.toml").write_text(config)
    done = run_process([program, "build", "--strict", "--clean", "--config-file", str(BUILD / "zensical.toml")])
    if done.returncode:
        return [f"{program} ended with {done.returncode}"]
    (BUILD / "site").rename(SITE)
    return faults(SITE)


def main() -> int:
    """The exit code: 1 when a page is an orphan, a link is dead, or something is loaded from another host."""
    complaints = build(sys.argv[1])
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    if not complaints:
        sys.stdout.write(f"{len(list(SITE.rglob('*.html')))} pages: open {SITE.relative_to(ROOT)}/index.html\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    raise SystemExit(main())
