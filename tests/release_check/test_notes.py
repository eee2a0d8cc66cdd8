"""A release says the same in its version, its tag, its changelog and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from release_check.archives import git
from release_check.notes import Notes, faults, read, sections

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RELEASED = (
    "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-03-04\n\n- Something.\n\n## 0.1.0 - 2026-01-02\n\n- The first.\n"
)
WAITING = RELEASED.replace("Unreleased\n", "Unreleased\n\n- Not released yet.\n")
GOOD = Notes(version="0.2.0", tags=("v0.2.0",), changelog=RELEASED, changed=())


def committed(folder: Path, *, version: str = "0.2.0", changelog: str = RELEASED, tag: str = "v0.2.0") -> Path:
    """A checkout with a version, a changelog and a tag."""
    package = folder / "src" / "hookline"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f'__version__ = "{version}"\n')
    (folder / "CHANGELOG.md").write_text(changelog)
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "-m", "one"), ("tag", tag)):
        git(*arguments, checkout=folder)
    return folder


def change_a_file(checkout: Path) -> None:
    """It is not as in the commit."""
    (checkout / "CHANGELOG.md").write_text(f"{RELEASED}\n- Changed.\n")


def add_a_file(checkout: Path) -> None:
    """It is not in the commit."""
    (checkout / "notes.txt").write_text("")


def move_a_file(checkout: Path) -> None:
    """Two names are not as in the commit."""
    (checkout / "CHANGELOG.md").rename(checkout / "src" / "CHANGELOG.md")
    (checkout / "CHANGELOG.md").symlink_to("src/CHANGELOG.md")


def test_a_tagged_commit_without_faults_can_be_released(tmp_path: Path) -> None:
    """Otherwise no release would be possible."""
    notes = read(committed(tmp_path))

    assert notes == GOOD
    assert faults(notes) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [(change_a_file, "CHANGELOG.md"), (add_a_file, "notes.txt"), (move_a_file, "CHANGELOG.md, src/CHANGELOG.md")],
)
def test_a_working_tree_with_changes_is_refused(tmp_path: Path, change: Callable[[Path], None], named: str) -> None:
    """Nobody can build again what was built from files that no commit has."""
    checkout = committed(tmp_path)
    change(checkout)

    assert faults(read(checkout)) == [
        f"the working tree differs from the commit: {named}. Commit the changes, or run `git stash --include-untracked`"
    ]


def test_of_many_changed_files_the_first_are_named() -> None:
    """A thousand names would hide the sentence."""
    (complaint,) = faults(GOOD._replace(changed=tuple(f"file-{number}" for number in range(8))))

    assert "file-0, file-1, file-2, file-3, file-4 and 3 more." in complaint


def test_a_wrong_tag_is_refused(tmp_path: Path) -> None:
    """Users find the source of a version by its tag."""
    checkout = committed(tmp_path, tag="v0.2.1")

    assert faults(read(checkout)) == [
        "the commit has the tag v0.2.1, but its version is 0.2.0: give it the tag v0.2.0 only"
    ]


def test_a_missing_section_of_the_changelog_is_refused(tmp_path: Path) -> None:
    """Users learn there what an upgrade asks of them."""
    checkout = committed(tmp_path, version="0.3.0", tag="v0.3.0")

    assert faults(read(checkout)) == ['CHANGELOG.md has no section "## 0.3.0 - YYYY-MM-DD"']


def test_tags_that_name_no_version_are_ignored() -> None:
    """A tag such as `deployed-to-test` is not about releases."""
    assert faults(GOOD._replace(tags=("deployed-to-test", "v0.2.0"))) == []


@pytest.mark.parametrize(
    ("notes", "named"),
    [
        (GOOD._replace(version="0.2"), "'0.2' in src/hookline/__init__.py is not a version"),
        (GOOD._replace(tags=("v0.2.0", "v0.2.1")), "has the tag v0.2.0, v0.2.1"),
        (GOOD._replace(version="0.1.0", tags=("v0.1.0",)), "the newest section of CHANGELOG.md is 0.2.0"),
        (GOOD._replace(changelog=WAITING), 'lines under "## Unreleased"'),
        (GOOD._replace(changelog=RELEASED.replace("## Unreleased\n", "")), "must begin with"),
        (GOOD._replace(changelog=RELEASED.replace("0.1.0 - 2026-01-02", "0.1.0")), 'the heading "## 0.1.0"'),
    ],
)
def test_each_other_fault_of_a_release_is_named(notes: Notes, named: str) -> None:
    """All faults are reported together, so that a maintainer fixes them in one commit."""
    assert [fault for fault in faults(notes) if named in fault] != []


def test_a_withdrawn_version_keeps_its_section() -> None:
    """Users who have it must still find what was in it, and why it was withdrawn."""
    assert faults(GOOD._replace(changelog=RELEASED.replace("2026-01-02", "2026-01-02 [YANKED]"))) == []


def test_without_a_tag_lines_may_wait_under_unreleased() -> None:
    """`make release-check` also runs on ordinary days, as a rehearsal."""
    ordinary = GOOD._replace(version="0.3.0", tags=(), changelog=WAITING)

    assert faults(ordinary) == []
    assert faults(ordinary._replace(version="0.3", changelog=WAITING.replace("## 0.2.0 -", "## 0.2.0,"))) != []


def test_the_changelog_and_the_version_of_this_commit_are_in_order() -> None:
    """A heading that is wrong today would stop the release in some weeks."""
    notes = read()

    assert faults(notes._replace(tags=(), changed=())) == []
    assert next(iter(sections(notes.changelog))) == "Unreleased"
