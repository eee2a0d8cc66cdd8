"""What the version, the tag and the changelog have to say of a release. Values in, faults out."""

from __future__ import annotations

import re

__all__ = ["faults", "sections"]

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(rc[1-9]\d*)?")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_RELEASED = re.compile(r"(\S+) - (\d{4}-\d{2}-\d{2})")
_UNRELEASED = "Unreleased"


def sections(changelog: str) -> dict[str, str]:
    """The text of each section of the changelog, by its heading, the newest first."""
    parts = _HEADING.split(changelog)[1:]
    return {heading.strip(): text.strip() for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def faults(version: str, tags: tuple[str, ...], changelog: str, *, clean: bool) -> list[str]:
    """Why this commit cannot be released, or could not be later, one sentence each.

    ``tags`` are those of the commit. Without a tag that begins with ``v`` the commit is no release: then only what must always hold is
    looked at, so that a release fails on no ordinary day's mistake.
    """
    found = sections(changelog)
    complaints = [] if _VERSION.fullmatch(version) else [f"{version} is not a version: write X.Y.Z or X.Y.ZrcN"]
    complaints += _badly_headed(found)
    releases = [tag for tag in tags if tag.startswith("v")]
    if not releases:
        return complaints
    if releases != [f"v{version}"]:
        complaints.append(
            f"the commit has the tag {', '.join(releases)}, and the version is {version}: tag it v{version} only"
        )
    if not any(heading.startswith(f"{version} - ") for heading in found):
        complaints.append(f'CHANGELOG.md has no section "## {version} - YYYY-MM-DD"')
    if found.get(_UNRELEASED):
        complaints.append(f'CHANGELOG.md has lines under "## Unreleased": move them to the section of {version}')
    if not clean:
        complaints.append("the working tree has changes that are not in the tagged commit")
    return complaints


def _badly_headed(found: dict[str, str]) -> list[str]:
    """Headings that no reader and no program could find a version by."""
    headings = list(found)
    complaints = [] if headings[:1] == [_UNRELEASED] else ['CHANGELOG.md must begin with the section "## Unreleased"']
    return complaints + [
        f'CHANGELOG.md has the heading "## {heading}": write "## X.Y.Z - YYYY-MM-DD"'
        for heading in headings
        if heading != _UNRELEASED and not ((match := _RELEASED.fullmatch(heading)) and _VERSION.fullmatch(match[1]))
    ]
