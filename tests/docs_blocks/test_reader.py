"""The tutorial and the how-to guides are followed word for word, each in a new project with a real server."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING

import apsw
import pytest

from docs_blocks.blocks import DOCS, blocks_of
from docs_blocks.reader import Reader, missing_lines
from docs_blocks.scenarios import SCENARIOS, Scenario
from hookline.adapters.sqlite.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION
from processes import end_process, start_process

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("page", sorted(SCENARIOS.keys() - {"tutorial/first-event.md"}))
def test_the_commands_of_the_page_do_what_it_shows(page: str, tmp_path: Path) -> None:
    """The first thing that does not work is where a newcomer stops."""
    with Reader(tmp_path, page, SCENARIOS[page]) as reader:
        faults = reader.read()

    assert not faults, "\n".join(faults)


def program(page: str) -> str:
    """The Python of a page."""
    (found,) = [block.text for block in blocks_of(page) if block.language == "python"]
    return found


def first_line(reader: Reader, text: str, **more: str) -> str:
    """The first line that a consumer prints, with the environment that the pages name."""
    environment = {
        "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any", "PYTHONUNBUFFERED": "1", "AWS_ENDPOINT_URL_SQS": reader.admin, **more,
    }  # fmt: skip
    consumer = start_process([sys.executable, "-c", text], env={**os.environ, **environment}, stdout=-1, text=True)
    try:
        return consumer.stdout.readline() if consumer.stdout else ""
    finally:
        end_process(consumer)


def test_the_consumer_of_the_page_receives_an_event(tmp_path: Path) -> None:
    """It is copied unchanged, with the environment that the page names."""
    page = "how-to/consume.md"
    with Reader(tmp_path, page, Scenario(setup="hookline send transactions samples/payment.json")) as reader:
        reader.prepare()
        line = first_line(reader, program(page), QUEUE_NAME="payments")

    assert re.fullmatch(r"transactions:evt_\w+ payment 1234\.50\n", line)


def test_the_consumer_that_keeps_the_order_receives_an_event(tmp_path: Path) -> None:
    """From the FIFO queue of the page; what it takes for granted is made first."""
    page = "how-to/keep-order.md"
    before = "import boto3\nsqs = boto3.client('sqs')\nurl = sqs.get_queue_url(QueueName='payments')['QueueUrl']\n"
    before += "found = []\nhandle = found.append\n"
    scenario = Scenario(adds_first=(0,), setup="hookline send transactions samples/payment.json")
    with Reader(tmp_path, page, scenario) as reader:
        reader.prepare()
        line = first_line(reader, f"{before}{program(page)}print(len(found))")
        left = reader.shell("hookline queues list --json").printed

    counts = {queue["name"]: (queue["visible"], queue["in_flight"]) for queue in json.loads(left)}
    assert line == "1\n"
    assert counts["payments"] == (0, 0)


def test_the_first_start_upgrades_the_file_and_says_so(tmp_path: Path) -> None:
    """The page on upgrades quotes the line of the log; the file is one of version 12, as hookline made it then."""
    page = "how-to/upgrade.md"
    (said,) = re.findall(r"The log says `([^`]+)`", (DOCS / page).read_text())
    with Reader(tmp_path, page, Scenario(serves=False, setup="mkdir -m 700 data")) as reader:
        reader.prepare()
        connection = apsw.Connection(str(tmp_path / "data" / "hookline.db"))
        for step in MIGRATIONS[:12]:
            connection.execute(step)
        connection.execute(f"PRAGMA user_version = 12; PRAGMA application_id = {APPLICATION_ID}")
        connection.close()

        reader.start()
        version = reader.shell(blocks_of(page)[0].commands[0].text).printed

    log = (tmp_path / "server.log").read_text()
    assert f'"event": "{said}"' in log or f'"event":"{said}"' in log, log
    assert version == f"({SCHEMA_VERSION},)\n"


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

    assert (refused.code != 0, "schema_too_new" in refused.errors) == (True, True)
    assert restored.code == 0, restored.errors
    assert listed.printed.count("transactions:evt_") >= 3
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
    """A different order of the same words is noticed too."""
    assert len(missing_lines(shown, printed)) == 1
