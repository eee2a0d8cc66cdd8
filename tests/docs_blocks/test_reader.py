"""The tutorial and the how-to guides are followed word for word, each in a new project with a real server."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import apsw
import pytest

from docs_blocks.blocks import blocks_of
from docs_blocks.reader import Reader, missing_lines
from docs_blocks.scenarios import SCENARIOS, Scenario
from hookline.adapters.sqlite.schema import SCHEMA_VERSION
from processes import end_process, start_process

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("page", sorted(SCENARIOS))
def test_the_commands_of_the_page_do_what_it_shows(page: str, tmp_path: Path) -> None:
    """The first thing that does not work is where a newcomer stops."""
    with Reader(tmp_path, page, SCENARIOS[page]) as reader:
        assert reader.read() == []


def test_the_consumer_of_the_page_receives_an_event(tmp_path: Path) -> None:
    """A reader copies it unchanged, with the environment that the page names."""
    (program,) = [block.text for block in blocks_of("how-to/consume.md") if block.language == "python"]
    environment = {"QUEUE_NAME": "payments", "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1",
                   "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "PYTHONUNBUFFERED": "1"}  # fmt: skip
    scenario = Scenario(setup="hookline send transactions samples/payment.json")
    with Reader(tmp_path, "how-to/consume.md", scenario) as reader:
        reader.prepare()
        consumer = start_process(
            [sys.executable, "-c", program],
            env={**os.environ, **environment, "AWS_ENDPOINT_URL_SQS": reader.admin},
            stdout=-1,
            text=True,
        )
        try:
            line = consumer.stdout.readline() if consumer.stdout else ""
        finally:
            end_process(consumer)

    assert re.fullmatch(r"transactions:evt_\w+ payment 1234\.50\n", line)


def test_an_older_version_goes_back_to_the_copy(tmp_path: Path) -> None:
    """The page on upgrades says so: the file of a newer version is refused, the copy takes its place, and the newer file is kept."""
    scenario = Scenario(
        setup="hookline send transactions samples/payment.json --count 3\nhookline backup before-upgrade.db"
    )
    with Reader(tmp_path, "how-to/upgrade.md", scenario) as reader:
        reader.prepare()
        reader.stop()
        connection = apsw.Connection(str(tmp_path / "data" / "hookline.db"))
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")  # as a newer version leaves it
        connection.close()

        refused = reader.shell("hookline serve")
        restored = reader.shell("hookline restore before-upgrade.db --replace")
        reader.start()
        listed = reader.shell("hookline events list --json")

    assert (refused.returncode != 0, "schema_too_new" in refused.stderr) == (True, True)
    assert restored.returncode == 0, restored.stderr
    assert listed.stdout.count("transactions:evt_") >= 3
    assert len(list((tmp_path / "data").glob("replaced-*"))) == 1


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (("1,204 events",), "3 events\n"),
        (("a  b", "c"), "──\na   b   \nx\nc\n"),
        (('{"a":1,…',), '{"a":2,"b":3}\n'),
        (("…", "end"), "one\ntwo\nend\n"),
        (("at 2026-03-01T12:00:00Z by ann@desk",), "at 2026-11-28T22:44:40.717310Z by root@vm\n"),
    ],
)
def test_numbers_times_and_ids_may_be_others(shown: tuple[str, ...], printed: str) -> None:
    """A page shows one run, and a test is another."""
    assert missing_lines(shown, printed) == []


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        (("matched 3 events",), "3 events\n"),
        (("b", "a"), "a\nb\n"),
        (("accepted",), ""),
        (('{"a":1,…',), '{"b":1,"a":1}\n'),
    ],
)
def test_other_words_are_noticed(shown: tuple[str, ...], printed: str) -> None:
    """Also where only their order is another."""
    assert len(missing_lines(shown, printed)) == 1
