"""docs/reference/homes.md says what each home has: it is made from the code, and the code is what it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import hookline
from acceptance.homes.differences import DIFFERENCES
from acceptance.homes.promises import PROMISES
from homes_page import PAGE, command_rows, commands, metric_rows, rewritten, room_rows, setting_rows
from hookline.config.keys import KEYS
from hookline.infra.homes import DIFFERENT, NOT_EMBEDDED, NOT_ON_AWS, TAKEN_ON_AWS
from hookline.infra.settings import KEYS as STACK_KEYS
from hookline.ports.metric_table import METRICS
from hookline.runtimes.commands_by_home import DIFFERENT as COMMANDS_DIFFER
from hookline.runtimes.commands_by_home import ONLY_EMBEDDED, ONLY_ON_AWS, ROOM_EMBEDDED, ROOM_ON_AWS

PACKAGE = Path(hookline.__file__).parent
TESTS = Path(__file__).parents[1]
NO_HOME = {"init", "providers", "verify", "send", "sources try", "completion"}
"""Commands that work on files, options and addresses only."""

ONLY_HERE = ("runtimes/embedded", "sqs_api", "cli", "demo", "config")
"""Keys that the functions and the stack never read."""

READ_AS = {
    "answer": "answers", "dedupe": "remembering", "environment": "fetch", "handshake": "handshakes", "mask": "masked", "match": "pattern",
    "on_ambiguous": "reads", "repeated_body": "if_repeated", "secret": "fetch",
}  # fmt: skip
"""Keys whose value has another name in the code."""

WARNED_OF = "infra/aws_warnings.py"
"""On AWS hookline reads tables without effect, to say that they have none."""


def code_of(*folders: str) -> str:
    """The modules of these folders."""
    return "\n".join(
        path.read_text()
        for folder in folders
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        if path.relative_to(PACKAGE).as_posix() != WARNED_OF
    )


def test_the_page_is_current() -> None:
    """`make homes` writes it again. An operator chooses a home, or changes it, by this page."""
    text = PAGE.read_text()

    assert rewritten(text) == text


def test_every_no_has_a_reason() -> None:
    """Otherwise nobody knows whether it was intended or forgotten."""
    rows = [*command_rows(), *setting_rows(), *metric_rows(), *room_rows()]

    assert [row.name for row in rows if not (row.embedded and row.aws) and len(row.said.split()) < 3] == []
    assert [row.name for row in rows if not (row.embedded or row.aws)] == []
    assert all(len(why.split()) > 2 for why in (*NOT_ON_AWS.values(), *NOT_EMBEDDED.values()))
    assert all(one.why and one.embedded != one.aws for one in DIFFERENCES.values())


def test_every_setting_is_one_that_there_is() -> None:
    """A key that was renamed would leave its reason behind, and be a "yes" under its new name."""
    known = {f"{table}.{key}" for table, keys in KEYS.items() for key in keys} | set(KEYS)

    assert {*NOT_ON_AWS, *DIFFERENT, *TAKEN_ON_AWS} <= known
    assert set(NOT_EMBEDDED) == set(STACK_KEYS)


@pytest.mark.parametrize("table", sorted(name for name in NOT_ON_AWS if "." not in name))
def test_a_table_that_aws_has_no_use_for_is_read_by_nothing_there(table: str) -> None:
    """Were it read, a "no" would hide what it does."""
    found = set(
        re.findall(
            rf"(?<!hookline\.)config\.{table}\b(?:\.(\w+))?", code_of("infra", "runtimes/aws_lambda", "adapters/aws")
        )
    )

    taken = {name.partition(".")[2] for name in TAKEN_ON_AWS if name.startswith(f"{table}.")}
    assert found == ({"proxies"} if taken else set())


@pytest.mark.parametrize("name", [row.name for row in setting_rows() if row.aws])
def test_a_key_that_both_homes_have_is_read_outside_the_embedded_one(name: str) -> None:
    """A "yes" for AWS is a lie where only the server reads the key."""
    key = re.findall(r"`(\w+)`", name)[-1]
    folders = [path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name not in {*ONLY_HERE, "runtimes"}]

    assert re.search(rf"\.{READ_AS.get(key, key)}\b", code_of(*folders, "runtimes/aws_lambda"))


def test_what_is_counted_in_one_home_only_says_why_and_nothing_else_does() -> None:
    """A reason at a metric that both have would be read as a "no"."""
    of_one_home = {row.name for row in METRICS if not row.embedded or not (row.metric or row.service)}

    assert {row.name for row in METRICS if row.why} == of_one_home


def parts_of_the_room(home: str) -> set[str]:
    """What the home's control room is made of."""
    tree = ast.parse((PACKAGE / "runtimes" / home / "wiring" / "control_room.py").read_text())
    made = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and getattr(one.func, "id", "") == "ControlRoom"]
    return {str(one.arg) for call in made for one in call.keywords}


def test_a_part_of_the_control_room_that_one_home_leaves_out_is_on_the_page() -> None:
    """A page that is empty in one home looks like a fault."""
    embedded, aws = parts_of_the_room("embedded"), parts_of_the_room("aws_lambda")

    assert set(ROOM_EMBEDDED) == embedded - aws
    assert set(ROOM_ON_AWS) == aws - embedded


def test_a_command_that_one_home_has_is_one_that_there_is() -> None:
    """The reason of a command that was renamed would be lost, and the command would be a "yes"."""
    words = {" ".join(one.split()[:count]) for one, _ in commands() for count in (1, 2)}

    assert {*ONLY_EMBEDDED, *ONLY_ON_AWS} <= words
    assert not ONLY_EMBEDDED.keys() & ONLY_ON_AWS.keys()


def test_how_a_command_differs_is_next_to_it_with_the_reason() -> None:
    """An operator who erases on AWS must know before the first request which data stays, and why."""
    said = {row.name.strip("`"): row.said for row in command_rows() if row.embedded and row.aws}

    assert COMMANDS_DIFFER.items() <= said.items()
    assert "SQS" in said["events erase"]


def test_a_command_of_one_home_refuses_the_other_by_its_name() -> None:
    """A command that is new says where it works: it takes --target and --data-dir, or refuses one of them with the reason."""
    given = {words: {name for one in command.params for name in one.opts} for words, command in commands()}

    assert {words for words, options in given.items() if not options & {"--target", "--data-dir"}} == NO_HOME
    asked = {words: options & {"--target", "--data-dir"} for words, options in given.items()}
    assert [words for words, options in asked.items() if options and "--data-dir" not in options] == [
        words
        for words in asked
        if words == "demo" or words.split()[0] == "users" or words in {"access new", "secrets fresh"}
    ]
    assert [words for words, options in asked.items() if "--data-dir" in options and "--target" not in options] == [
        "package",
        "plan",
    ]


@pytest.mark.parametrize("test", sorted({test for one in PROMISES for test in (one.embedded, one.aws)}))
def test_a_promise_is_tried_by_a_test_that_there_is(test: str) -> None:
    """A name on the page that leads to no test promises nothing."""
    file, _, name = test.partition("::")
    tree = ast.parse((TESTS.parent / file).read_text())

    assert name in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize("file", sorted({one.aws.partition("::")[0] for one in PROMISES if one.aws == one.embedded}))
def test_a_scenario_of_both_homes_runs_in_both(file: str) -> None:
    """It takes the home as a fixture, which opens each of them."""
    text = (TESTS.parent / file).read_text()

    assert re.search(r"params=(list\(OPENERS\)|\[\"embedded\", \"aws\"\])", text)


def test_every_difference_is_seen_by_a_test_and_none_has_no_name() -> None:
    """A scenario that asks which home it is in has found a difference: it is on the page, with its reason."""
    text = {path: path.read_text() for path in sorted((TESTS / "acceptance").rglob("*.py"))}
    used = {name for content in text.values() for name in re.findall(r"differs\(home, \"(\w+)\"\)", content)}

    assert used == {name for name, one in DIFFERENCES.items() if not one.shown_by}
    assert [file for one in DIFFERENCES.values() for file in one.shown_by if not (TESTS.parent / file).exists()] == []
    asking = {path.name for path, content in text.items() if "behind_a_gateway" in content}
    assert asking == {"differences.py", "home.py", "aws.py", "embedded.py"}
