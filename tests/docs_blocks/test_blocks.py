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

from docs_blocks.blocks import PAGES, Command, blocks_of
from docs_blocks.places import ELSEWHERE, NOT_RUN, Home, excuses, home_of
from docs_blocks.scenarios import ON_AWS, SCENARIOS, Scenario
from docs_blocks.toml_text import added
from hookline.adapters.sqlite.schema import SCHEMA_VERSION
from hookline.cli import main
from hookline.config import parse

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet  # pytest exports the type of a case under no other name

    from docs_blocks.blocks import Block

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "transactions"
PROJECT = (EXAMPLE / "hookline.toml").read_text()
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
COMMANDS = [command for block in BLOCKS if block.language in {"console", "sh"} for command in block.commands]

ACCESS = '[[access]]\nid = "someone"\nsecret = "SOMEONE_SECRET"\nrights = ["view"]\nqueues = ["*"]\n'
STRIPE = '[sources.shop]\nverify = { scheme = "stripe", secrets = ["SHOP_SECRET"] }\n'
SAID = {
    "how-to/consume.md": ACCESS,
    "how-to/sign-by-another-scheme.md": "",
    "how-to/upgrade.md": STRIPE,
    "how-to/watch-with-prometheus.md": ACCESS,
    "how-to/who-may-call.md": ACCESS,
}
"""The settings that a page says in words that a project has before its block is added."""
TABLES = {"how-to/encrypt-at-rest.md": "[storage]\n"}
"""The table of a block that has only keys."""
READ = {Home.EMBEDDED: SCENARIOS, Home.AWS: ON_AWS}
TEST_ENVIRONMENT = set.intersection(*(set(one.instead) for one in ON_AWS.values()))
"""What each page on AWS may say of the environment."""
RUN_ELSEWHERE = {
    "how-to/add-a-provider.md": "tests/vectors/test_catalogue_page.py",
    "how-to/consume.md": "tests/docs_blocks/test_reader.py",
    "how-to/forward-to-http.md": "tests/docs_blocks/test_programs.py",
    "how-to/keep-order.md": "tests/docs_blocks/test_reader.py",
    "how-to/replay.md": "tests/docs_blocks/test_programs.py",
    "how-to/use-the-component.md": "tests/infra/test_documents.py",
}
"""Which test runs the Python of a page."""

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
    """No test would look at a block without a language, or with an unknown one."""
    known = {"console", "json", "nginx", "python", "sh", "toml", "yaml"}

    assert [f"{block.page}:{block.line}" for block in BLOCKS if block.language not in known] == []
    assert len(BLOCKS) > 250


def without_scenario(commands: list[Command]) -> set[tuple[str, Home]]:
    """The pages with commands that are run, and that nothing says how to run."""
    return {(page, home) for page, home in run(commands) if page not in READ[home]}


def run(commands: list[Command]) -> set[tuple[str, Home]]:
    """The pages with commands that are run, and where."""
    return {(one.page, home) for one in commands if (home := home_of(one)) is not None}


def needless(page: str, scenario: Scenario, home: Home) -> list[str]:
    """What a scenario says about commands and words that its page does not have."""
    commands = [one.text for one in COMMANDS if one.page == page and home_of(one) is home]
    text = "".join(block.text for block in blocks_of(page))
    exact = [one for one in (*scenario.fails, *scenario.differs) if one not in commands]
    begun = [
        one
        for one in (*scenario.ahead_of, *scenario.runs_until)
        if not any(command.startswith(one) for command in commands)
    ]
    return [*exact, *begun, *(one for one in scenario.instead if one not in text and one not in TEST_ENVIRONMENT)]


def test_every_page_with_commands_has_a_scenario() -> None:
    """And every scenario has a page with commands that it is for."""
    assert without_scenario(COMMANDS) == set()
    assert {(page, home) for home, pages in READ.items() for page in pages} == run(COMMANDS)


def test_a_page_without_a_scenario_is_noticed() -> None:
    """For each home; a command with an excuse needs none."""
    new = [Command(page="how-to/new.md", text=text, shown=()) for text in ("hookline queues list", "docker ps")]
    aws = Command(page="how-to/new.md", text="hookline queues list --target aws:prod", shown=())

    assert without_scenario(new) == {("how-to/new.md", Home.EMBEDDED)}
    assert without_scenario([aws]) == {("how-to/new.md", Home.AWS)}


def test_every_excuse_is_needed() -> None:
    """One that fits no command of any page, or only commands with another excuse, hides the next command that it fits."""
    here = [command for command in COMMANDS if command.page not in ELSEWHERE]

    assert [pattern for pattern in NOT_RUN if not any(re.search(pattern, one.text) for one in here)] == []
    assert [one for one in here if len(excuses(one)) > 1] == []
    assert {page for page in ELSEWHERE if page in SCENARIOS or page in ON_AWS} == set()
    assert {command.page for command in COMMANDS} >= set(ELSEWHERE)


@pytest.mark.parametrize(
    ("home", "page"),
    [pytest.param(home, page, id=f"{page}-{home.name}") for home, pages in READ.items() for page in pages],
)
def test_a_scenario_says_nothing_that_its_page_does_not_need(home: Home, page: str) -> None:
    """An exception that is left over would hide a fault."""
    assert needless(page, READ[home][page], home) == []


def test_what_a_scenario_does_not_need_is_noticed() -> None:
    """A command that the page does not have, and words that it does not have."""
    scenario = Scenario(fails=("hookline gone",), ahead_of={"hookline lost": "true"}, instead={"no such words": ""})

    found = needless("how-to/replay.md", scenario, Home.EMBEDDED)

    assert found == ["hookline gone", "hookline lost", "no such words"]


def test_what_replaces_a_command_is_there() -> None:
    """A reason must not name a test that is gone."""
    named = re.findall(
        r"tests/[\w/]+(?:\.py)?", " ".join([*ELSEWHERE.values(), *NOT_RUN.values(), *RUN_ELSEWHERE.values()])
    )

    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("block", of("toml"))
def test_settings_can_be_added_to_the_example_project(block: Block) -> None:
    """A reader copies a block into hookline.toml, and has done what the page says in words."""
    text = (
        block.text if "[" in block.text.splitlines()[0] or "\n[" in block.text else f"{TABLES[block.page]}{block.text}"
    )
    text = text if not block.text.startswith("key =") else f"{TABLES[block.page]}{block.text}"

    parse(added(added(PROJECT, SAID.get(block.page, "")), text), base=EXAMPLE)


@pytest.mark.parametrize("block", of("json"))
def test_documents_parse(block: Block) -> None:
    """A reader copies JSON from the page."""
    assert json.loads(block.text)


def test_every_program_is_run_by_a_test() -> None:
    """Each test takes the program from its page."""
    assert {block.page for block in BLOCKS if block.language == "python"} == set(RUN_ELSEWHERE)
    for page, test in RUN_ELSEWHERE.items():
        assert Path(page).name in (ROOT / test).read_text()


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


def test_the_page_on_upgrades_names_every_version_of_the_file() -> None:
    """A reader who asks for `PRAGMA user_version` finds the number, and what came with each version."""
    page = (ROOT / "docs" / "how-to" / "upgrade.md").read_text()
    table = page.partition("## Versions of the database file")[2]
    rows = [number for row in re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE) for number in row.split(", ")]

    assert [int(number) for number in rows] == list(range(1, SCHEMA_VERSION + 1))
    assert set(re.findall(r"(?<=to version )\d+", page)) == {str(SCHEMA_VERSION)}


def test_a_command_that_does_not_exist_is_noticed() -> None:
    """An option that the command does not have is noticed too."""
    for words in (["quues", "list"], ["queues", "list", "--colour"], ["queues", "peek"]):
        with pytest.raises(click.UsageError):
            understood(words)
