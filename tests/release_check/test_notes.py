"""A release says the same in its version, its tag and its changelog."""

from __future__ import annotations

import pytest

from hookline import __version__
from release_check.archives import ROOT
from release_check.notes import faults, sections

RELEASED = (
    "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-03-04\n\n- Something.\n\n## 0.1.0 - 2026-01-02\n\n- The first.\n"
)


def test_a_tagged_commit_whose_words_agree_can_be_released() -> None:
    """Otherwise nothing could."""
    assert faults("0.2.0", ("v0.2.0",), RELEASED, clean=True) == []


def test_other_tags_of_the_commit_are_no_business_of_the_release() -> None:
    """A tag such as `deployed-to-test` names no version."""
    assert faults("0.2.0", ("deployed-to-test", "v0.2.0"), RELEASED, clean=True) == []


@pytest.mark.parametrize(
    ("version", "tags", "changelog", "clean", "named"),
    [
        ("0.2", ("v0.2",), RELEASED, True, "is not a version"),
        ("0.2.0", ("v0.2.1",), RELEASED, True, "has the tag v0.2.1"),
        ("0.2.0", ("v0.2.0", "v0.2.1"), RELEASED, True, "has the tag v0.2.0, v0.2.1"),
        ("0.3.0", ("v0.3.0",), RELEASED, True, 'no section "## 0.3.0 - YYYY-MM-DD"'),
        ("0.2.0", ("v0.2.0",), RELEASED.replace("Unreleased\n", "Unreleased\n\n- Forgotten.\n"), True, 'under "## Unreleased"'),
        ("0.2.0", ("v0.2.0",), RELEASED, False, "working tree has changes"),
        ("0.2.0", ("v0.2.0",), RELEASED.replace("## Unreleased\n", ""), True, "must begin with"),
        ("0.2.0", ("v0.2.0",), RELEASED.replace("0.1.0 - 2026-01-02", "0.1.0"), True, 'the heading "## 0.1.0"'),
    ],
)  # fmt: skip
def test_each_fault_of_a_release_is_named(
    version: str,
    tags: tuple[str, ...],
    changelog: str,
    clean: bool,  # noqa: FBT001 -- a case
    named: str,
) -> None:
    """Users look a version up in the changelog, and its source by the tag."""
    assert [fault for fault in faults(version, tags, changelog, clean=clean) if named in fault] != []


def test_without_a_tag_changes_may_wait_for_their_release() -> None:
    """`make release-check` is also for ordinary days, when lines stand under Unreleased and files are changed."""
    changelog = RELEASED.replace("Unreleased\n", "Unreleased\n\n- Not out yet.\n")

    assert faults("0.3.0", (), changelog, clean=False) == []
    assert faults("0.3", (), changelog.replace("## 0.2.0 -", "## 0.2.0,"), clean=True) != []


def test_the_changelog_and_the_version_of_this_commit_are_in_order() -> None:
    """A heading that is wrong today fails the release in weeks."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")

    assert faults(__version__, (), changelog, clean=True) == []
    assert next(iter(sections(changelog))) == "Unreleased"
