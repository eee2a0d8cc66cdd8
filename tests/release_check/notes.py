"""What the version, the tag, the changelog and the working tree must say about a release."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from release_check.archives import ROOT, git

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Notes", "faults", "read", "sections"]

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(rc[1-9]\d*)?")
_WRITTEN = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_RELEASED = re.compile(r"(\S+) - (\d{4}-\d{2}-\d{2})( \[YANKED\])?")
_UNRELEASED = "Unreleased"
_NAMED = 5
"""A complaint names this many changed files."""


class Notes(NamedTuple):
    """What a checkout says of its version: ``tags`` are those of its commit, ``changed`` the files that are not as in the commit."""

    version: str
    tags: tuple[str, ...]
    changelog: str
    changed: tuple[str, ...]

    @property
    def releases(self) -> list[str]:
        """The tags of the commit that name a version. Without one, the commit is not a release."""
        return [tag for tag in self.tags if tag.startswith("v")]


def read(checkout: Path = ROOT) -> Notes:
    """The notes of a checkout. Raises CalledProcessError where the folder is no checkout."""
    written = _WRITTEN.search((checkout / "src" / "hookline" / "__init__.py").read_text("utf-8"))
    status = git("status", "--porcelain", "--no-renames", "-z", checkout=checkout).split("\0")[:-1]
    return Notes(
        version=written[1] if written else "",
        tags=tuple(git("tag", "--points-at", "HEAD", checkout=checkout).split()),
        changelog=(checkout / "CHANGELOG.md").read_text("utf-8"),
        changed=tuple(line[3:] for line in status),
    )


def sections(changelog: str) -> dict[str, str]:
    """The text of each section of the changelog, by its heading, the newest first."""
    parts = _HEADING.split(changelog)[1:]
    return {heading.strip(): text.strip() for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def faults(notes: Notes) -> list[str]:
    """Why this commit cannot be released, or could not be released later, one sentence each.

    On a commit without the tag of a version only those rules are checked that must hold every day.
    """
    found = sections(notes.changelog)
    complaints = [*_of_the_tree(notes.changed), *_of_the_version(notes.version), *_of_the_headings(found)]
    return complaints + (_of_the_release(notes, found) if notes.releases else [])


def _of_the_tree(changed: tuple[str, ...]) -> list[str]:
    """A release is built from a commit, so that others can build it again."""
    if not changed:
        return []
    more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
    named = ", ".join(changed[:_NAMED])
    return [
        f"the working tree differs from the commit: {named}{more}. Commit the changes, or run `git stash --include-untracked`"
    ]


def _of_the_version(version: str) -> list[str]:
    if _VERSION.fullmatch(version):
        return []
    return [f"{version!r} in src/hookline/__init__.py is not a version: write X.Y.Z or X.Y.ZrcN"]


def _of_the_headings(found: dict[str, str]) -> list[str]:
    """People and programs find a version by its heading."""
    headings = list(found)
    complaints = [] if headings[:1] == [_UNRELEASED] else ['CHANGELOG.md must begin with the section "## Unreleased"']
    return complaints + [
        f'CHANGELOG.md has the heading "## {heading}": write "## X.Y.Z - YYYY-MM-DD"'
        for heading in headings
        if heading != _UNRELEASED and not ((match := _RELEASED.fullmatch(heading)) and _VERSION.fullmatch(match[1]))
    ]


def _of_the_release(notes: Notes, found: dict[str, str]) -> list[str]:
    """What must hold on the commit with the tag of a version."""
    version, complaints = notes.version, []
    if notes.releases != [f"v{version}"]:
        complaints.append(
            f"the commit has the tag {', '.join(notes.releases)}, but its version is {version}: give it the tag v{version} only"
        )
    released = [heading.partition(" - ")[0] for heading in found if heading != _UNRELEASED]
    if version not in released:
        complaints.append(f'CHANGELOG.md has no section "## {version} - YYYY-MM-DD"')
    elif released[0] != version:
        complaints.append(f"the newest section of CHANGELOG.md is {released[0]}, but the version is {version}")
    if found.get(_UNRELEASED):
        complaints.append(f'CHANGELOG.md has lines under "## Unreleased": move them to the section of {version}')
    return complaints
