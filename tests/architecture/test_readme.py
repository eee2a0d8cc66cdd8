"""The README shows what the commands print and what the files prove, and cannot become old unnoticed."""

from __future__ import annotations

import re

import pytest

from readme_page import END, PAGE, demo_lines, numbers, pasted_tests, with_numbers, with_output

TEXT = PAGE.read_text()
DEMO = """Writing an example project to /tmp/hookline-demo-1/project
answer                 expected   found
202   accepted         2000       2000    ok
404   unknown_path     20         20      ok
payments       1200       1200    ok
payments-dlq   0          0       ok
One message, as a consumer gets it:

{
  "id": "transactions:evt_1"
}

2,000 events accepted, each on disk before its answer, in 1.00 s
Every count is exactly as it was sent.
"""


def test_every_number_is_the_one_that_its_file_has() -> None:
    """`make readme` writes them. A number that nothing proves is advertising."""
    assert with_numbers(TEXT) == TEXT


def test_a_number_that_changed_is_written() -> None:
    """A writer that leaves the text as it is would pass the test above."""
    for pattern, value in numbers().items():
        found = re.search(pattern, TEXT)
        assert found is not None
        old = TEXT[: found.start(1)] + "0" + TEXT[found.end(1) :]

        assert old != TEXT
        assert with_numbers(old) == TEXT, value


def test_the_output_of_the_demo_is_shortened_in_named_places_only() -> None:
    """A rule says what is left out, so nobody edits it by hand."""
    assert demo_lines(DEMO).splitlines() == [
        "answer                 expected   found",
        "202   accepted         2000       2000    ok",
        "payments       1200       1200    ok",
        "…",
        "2,000 events accepted, each on disk before its answer, in 1.00 s",
        "Every count is exactly as it was sent.",
    ]


def test_both_outputs_are_pasted_between_the_marks() -> None:
    """The rest of the page stays as it was written."""
    written = with_output(TEXT, DEMO, "....\n===== 90 passed, 2 skipped in 1.00s =====\n")

    assert "$ make demo\nanswer                 expected   found\n" in written
    assert pasted_tests(written) == 92
    assert written.split(END)[1] == TEXT.split(END)[1]


def test_the_page_shows_a_demo_that_lost_nothing() -> None:
    """The first thing that a newcomer reads is a run in which every count is right."""
    shown = TEXT[: TEXT.index(END)]

    assert "\nEvery count is exactly as it was sent.\n" in shown
    assert re.search(r"^202 +accepted +2000 +2000 +ok$", shown, re.MULTILINE)


def test_the_pasted_number_of_tests_is_about_the_current_number(request: pytest.FixtureRequest) -> None:
    """In a run of all quick tests the two can be compared: more than a tenth apart, the page is old."""
    if (
        request.config.getoption("markexpr") != "not slow"
        or request.config.getoption("keyword")
        or _paths(request.config)
    ):
        pytest.skip("only a run of all quick tests knows how many there are")

    assert pasted_tests(TEXT) == pytest.approx(len(request.session.items), rel=0.1), "`make readme` writes it"


def test_the_first_screen_is_short() -> None:
    """What it is, the commands, the picture of the flow and the promises: fifty lines, and ten of the table."""
    lines = TEXT[: TEXT.index("How each promise is kept")].splitlines()

    assert len(lines) <= 62


def test_the_sections_are_in_the_order_in_which_a_newcomer_needs_them() -> None:
    """From what hookline is to where to read more."""
    assert re.findall(r"^## (.*)$", TEXT, re.MULTILINE) == [
        "Two commands",
        "How an event flows",
        "Deploying to AWS",
        "Writing your own hookline.toml",
        "Consuming from a queue",
        "Compared with others",
        "Where to read on",
    ]


def test_every_claim_about_another_product_has_its_source() -> None:
    """A row without a link cannot be checked by the reader."""
    rows = re.findall(r"^\| (?:\[|API).*$", TEXT[TEXT.index("## Compared with others") :], re.MULTILINE)

    assert len(rows) == 9
    assert [row for row in rows if "](" not in row] == []


def _paths(config: pytest.Config) -> bool:
    """Whether the command line names files, so that this is no run of all."""
    named: bool = config.args != config.getini("testpaths")
    return named
