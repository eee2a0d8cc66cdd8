"""The documentation site: no orphan page, no dead link, and nothing from another host. ``make docs`` builds it with its generator."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from docs_site.built import faults
from docs_site.navigation import navigation, orphans, pages_of, written
from docs_site.staging import stage

ROOT = Path(__file__).parents[2]
PAGE = '<html><head><link rel="stylesheet" href="site.css"></head><body><h2 id="here">x</h2>{}</body></html>'

_LITTLE_INDENTED = re.compile(r"^ {1,3}```", re.MULTILINE)


def repository(folder: Path, **pages: str) -> Path:
    """A repository with these pages in ``docs/``, and two files outside it."""
    (folder / "docs").mkdir()
    (folder / "settings.yaml").write_text("a: 1\n")
    (folder / "CHANGELOG.md").write_text("# Changes\n\n[Back](docs/README.md#lists)\n")
    for name, text in pages.items():
        (folder / "docs" / f"{name}.md").write_text(text)
    return folder


def staged(root: Path, target: Path) -> tuple[list[Path], list[str]]:
    """What is staged of a repository, into a new folder."""
    target.mkdir()
    return stage(root, target)


def site(folder: Path, body: str) -> Path:
    """A site of one page."""
    (folder / "index.html").write_text(PAGE.format(body))
    (folder / "site.css").write_text("")
    return folder


def test_every_page_is_in_a_list_and_every_link_leads_to_a_file(tmp_path: Path) -> None:
    """Nobody finds a page that no list has; a dead link sends a reader away."""
    others, complaints = staged(ROOT, tmp_path / "pages")

    assert complaints == []
    assert orphans(tmp_path / "pages", navigation(tmp_path / "pages", others)) == []


def test_the_navigation_is_that_of_the_lists(tmp_path: Path) -> None:
    """The four kinds of documentation, in the order of docs/README.md, and the decisions by their numbers."""
    others, _ = staged(ROOT, tmp_path / "pages")

    found = navigation(tmp_path / "pages", others)

    assert [title for one in found for title in one] == [
        "Documentation", "Tutorial", "How-to guides", "Reference", "Explanation", "Contribute", "Files",
    ]  # fmt: skip
    assert pages_of(found)[:2] == [Path("README.md"), Path("tutorial/first-event.md")]
    assert Path("adr/0001-apsw.md") in pages_of(found)
    assert tomllib.loads(f"nav = {written(found)}")["nav"] == found


def test_a_page_has_the_title_that_its_list_says() -> None:
    """The title of a page may say more behind a colon. Another title looks like another page."""
    lists = (ROOT / "docs" / "README.md").read_text()
    named = re.findall(r"^- \[([^\]]+)\]\(([^)#]+\.md)\)", lists, re.MULTILINE)
    titles = {path: (ROOT / "docs" / path).read_text().partition("\n")[0].removeprefix("# ") for _, path in named}

    assert len(named) > 40
    assert [(title, titles[path]) for title, path in named if titles[path].partition(":")[0] != title] == []


def test_blocks_inside_lists_are_indented_by_four_spaces(tmp_path: Path) -> None:
    """With fewer, the generator of the site ends the list before the block, and shows the rest of the list as text."""
    staged(ROOT, tmp_path / "pages")

    pages = {path: path.read_text() for path in (tmp_path / "pages").rglob("*.md")}

    assert len(pages) > 80
    assert [str(path.relative_to(tmp_path)) for path, text in pages.items() if _LITTLE_INDENTED.search(text)] == []


def test_a_page_that_no_list_has_is_refused(tmp_path: Path) -> None:
    """A page that two lists have is refused too: a reader would think that these are two pages."""
    root = repository(
        tmp_path, README="## A\n\n- [One](one.md)\n\n## B\n\n- [One](one.md)\n", one="# One\n", two="# Two\n"
    )

    others, _ = staged(root, tmp_path / "pages")

    found = orphans(tmp_path / "pages", navigation(tmp_path / "pages", others))
    assert found == ["docs/two.md: no list of docs/README.md has it", "docs/one.md: the lists have it 2 times"]


@pytest.mark.parametrize("link", ["gone.md", "../gone.py", "../../outside.md", "folder"])
def test_a_link_that_leads_to_no_file_is_refused(tmp_path: Path, link: str) -> None:
    """This holds also for a link out of the repository, or to a folder."""
    root = repository(tmp_path, README=f"[a]({link})\n")
    (root / "docs" / "folder").mkdir()

    assert staged(root, tmp_path / "pages")[1] == [f"docs/README.md: {link} is no file of the repository"]


def test_a_link_to_a_file_outside_the_folder_leads_to_a_page_of_the_site(tmp_path: Path) -> None:
    """In the repository the same link leads to the file itself. Links in code and to other hosts stay as they are."""
    code = "```\n[a](../settings.yaml)\n```\n"
    root = repository(
        tmp_path, README=f"[a](../CHANGELOG.md#x) [b](../settings.yaml) [c](https://example.com/a.md)\n{code}"
    )

    others, complaints = staged(root, tmp_path / "pages")

    index = (tmp_path / "pages" / "README.md").read_text()
    assert (complaints, others) == ([], [Path("repository/CHANGELOG.md"), Path("repository/settings.yaml.md")])
    assert (
        index
        == f"[a](repository/CHANGELOG.md#x) [b](repository/settings.yaml.md) [c](https://example.com/a.md)\n{code}"
    )
    assert "[Back](../README.md#lists)" in (tmp_path / "pages" / "repository" / "CHANGELOG.md").read_text()
    assert "~~~~~~yaml\na: 1\n~~~~~~" in (tmp_path / "pages" / "repository" / "settings.yaml.md").read_text()


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone.html">x</a>', "gone.html is dead"),
        ('<a href="#gone">x</a>', "#gone is dead: there is no such section"),
        ('<a href="index.html#gone">x</a>', "index.html#gone is dead: there is no such section"),
        ('<a href="../site-outside.html">x</a>', "../site-outside.html is dead"),
        ('<img src="https://cdn.example.com/a.png">', "https://cdn.example.com/a.png is loaded from another host"),
        ('<script src="//cdn.example.com/a.js"></script>', "//cdn.example.com/a.js is loaded from another host"),
        ("<p>Two things:\n- one\n</p>", "not shown as a list or a table: - one"),
    ],
)
def test_what_is_wrong_with_a_page_is_reported(tmp_path: Path, body: str, fault: str) -> None:
    """In that case the build ends with an error."""
    assert faults(site(tmp_path, body)) == [f"index.html: {fault}"]


@pytest.mark.parametrize(
    "body",
    [
        '<a href="#here">x</a>',
        '<a href="index.html#here">x</a>',
        '<a href="https://example.com">x</a>',
        "<pre>- a\n</pre>",
    ],
)
def test_a_link_that_leads_somewhere_is_no_fault(tmp_path: Path, body: str) -> None:
    """Links to other hosts are not opened: the build needs no network."""
    assert faults(site(tmp_path, body)) == []
