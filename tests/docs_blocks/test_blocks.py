"""Every block of the tutorial and of the how-to guides is looked at: settings load, documents parse, programs compile, commands exist."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

from docs_blocks.blocks import PAGES, blocks_of
from docs_blocks.scenarios import ELSEWHERE, NOT_RUN, SCENARIOS, reason
from docs_blocks.toml_text import added
from hookline.adapters.sqlite.schema import SCHEMA_VERSION
from hookline.cli import main
from hookline.config import parse

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet  # pytest exports the type of a case under no other name

    from docs_blocks.blocks import Block, Command

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "transactions"
PROJECT = (EXAMPLE / "hookline.toml").read_text()
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
COMMANDS = [command for block in BLOCKS if block.language in {"console", "sh"} for command in block.commands]

ACCESS = '[[access]]\nid = "someone"\nsecret = "SOMEONE_SECRET"\nrights = ["view"]\nqueues = ["*"]\n'
STRIPE = '[sources.shop]\nverify = { scheme = "stripe", secrets = ["SHOP_SECRET"] }\n'
IN_ADDITION = {
    "how-to/consume.md": ACCESS,
    "how-to/sign-by-another-scheme.md": "",
    "how-to/upgrade.md": STRIPE,
    "how-to/watch-with-prometheus.md": ACCESS,
    "how-to/who-may-call.md": ACCESS,
}
"""What a page says in words that a project has before its block is added."""
TABLES = {"how-to/encrypt-at-rest.md": "[storage]\n"}
"""The table of a block that has only keys."""
READ_ELSEWHERE = {"nginx": "tests/architecture/test_contrib_running.py reads the proxies that hookline ships"}
"""Languages that no test reads, with the reason."""

_END = re.compile(r" (?:\||>|2>|<|\|\||&&|&) .*")


def of(language: str) -> list[ParameterSet]:
    """The blocks of a language, each named by its page and line."""
    return [pytest.param(block, id=f"{block.page}:{block.line}") for block in BLOCKS if block.language == language]


def called(command: Command) -> list[list[str]]:
    """The words of each line that calls hookline."""
    lines = command.text.replace("\\\n", " ").splitlines()
    return [
        shlex.split(_END.sub("", line.strip()), comments=True)[1:]
        for line in lines
        if line.strip().startswith("hookline ")
    ]


def test_every_block_says_what_it_is_and_is_looked_at() -> None:
    """A block without a language, or of one that no test knows, would be looked at by nobody."""
    known = {"console", "json", "python", "sh", "toml", "yaml", *READ_ELSEWHERE}

    assert [f"{block.page}:{block.line}" for block in BLOCKS if block.language not in known] == []
    assert set(READ_ELSEWHERE) <= {block.language for block in BLOCKS}
    assert len(BLOCKS) > 250


def test_every_command_is_run_or_there_is_a_reason() -> None:
    """A page of which some commands are run has a scenario; the others are in the table of pages that are not."""
    unknown = {command.page for command in COMMANDS if reason(command) is None} - set(SCENARIOS)

    assert unknown == set()
    assert set(SCENARIOS) & set(ELSEWHERE) == set()


def test_no_reason_is_left_over() -> None:
    """A reason for what no page has any more hides the next command that it fits."""
    run_here = [command.text for command in COMMANDS if command.page not in ELSEWHERE]

    assert [pattern for pattern in NOT_RUN if not any(re.search(pattern, text) for text in run_here)] == []
    assert {command.page for command in COMMANDS} >= {*SCENARIOS, *ELSEWHERE}


def test_what_replaces_a_command_is_there() -> None:
    """A reason must not name a test that is gone."""
    named = re.findall(
        r"tests/[\w/]+(?:\.py)?", " ".join([*ELSEWHERE.values(), *NOT_RUN.values(), *READ_ELSEWHERE.values()])
    )

    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("block", of("toml"))
def test_settings_can_be_added_to_the_example_project(block: Block) -> None:
    """A reader copies a block into hookline.toml, and has what the page says in words in addition."""
    text = (
        block.text if "[" in block.text.splitlines()[0] or "\n[" in block.text else f"{TABLES[block.page]}{block.text}"
    )
    text = text if not block.text.startswith("key =") else f"{TABLES[block.page]}{block.text}"

    parse(added(added(PROJECT, IN_ADDITION.get(block.page, "")), text), base=EXAMPLE)


@pytest.mark.parametrize("block", of("json"))
def test_documents_parse(block: Block) -> None:
    """What is copied from a page is JSON."""
    assert json.loads(block.text)


@pytest.mark.parametrize("block", of("yaml"))
def test_other_settings_parse(block: Block) -> None:
    """What is copied from a page is YAML."""
    assert list(yaml.safe_load_all(block.text))


@pytest.mark.parametrize("block", of("python"))
def test_programs_compile(block: Block) -> None:
    """What is copied from a page is Python."""
    assert compile(block.text, block.page, "exec").co_code


@pytest.mark.parametrize(
    "command", [pytest.param(one, id=f"{one.page}-{index}") for index, one in enumerate(COMMANDS) if called(one)]
)
def test_every_command_and_option_of_hookline_exists(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the command itself cannot be run here."""
    monkeypatch.chdir(tmp_path)
    for words in called(command):
        for word in words:
            if word.endswith((".json", ".csv")) and not word.startswith("/"):
                (tmp_path / word).parent.mkdir(exist_ok=True)
                (tmp_path / word).touch()
        understood(words)


def understood(words: list[str]) -> None:
    """Parse a command line as the program does; click raises where a word of it is wrong."""
    group: click.Command = main
    with ExitStack() as opened:
        context = opened.enter_context(main.make_context("hookline", list(words)))
        while isinstance(group, click.Group):
            name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
            assert name is not None
            assert command is not None
            group, context = command, opened.enter_context(command.make_context(name, rest, parent=context))


def test_the_page_on_upgrades_names_the_version_of_the_file() -> None:
    """A reader who asks for `PRAGMA user_version` finds the number of the page."""
    assert (
        f"upgrades the file `hookline.db` to version {SCHEMA_VERSION},"
        in (ROOT / "docs" / "how-to" / "upgrade.md").read_text()
    )


def test_a_command_that_does_not_exist_is_noticed() -> None:
    """An option that the command does not have is noticed too."""
    for words in (["quues", "list"], ["queues", "list", "--colour"], ["queues", "peek"]):
        with pytest.raises(click.UsageError):
            understood(words)
