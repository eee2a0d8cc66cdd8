"""The rules for every command: help, exit codes, the form of errors, quiet ends, and a quick start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from hookline import __version__
from hookline.cli import main
from hookline.cli.exit_codes import exit_code_of
from hookline.cli.terminal import safe, safe_lines
from hookline.errors import (
    Complaint,
    ConfigError,
    DataDirectoryError,
    NotFoundError,
    OperatorError,
    PatternError,
    Rejected,
    UnavailableError,
)
from processes import run_process
from unit.cli.projects import commands, hookline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Store

COMMANDS = commands()
HEAVY = ("apsw", "uvicorn", "starlette", "rich", "jsonschema_rs", "jmespath", "asyncio", "hookline.config")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_with_an_example(name: str, run: Callable[..., Result]) -> None:
    """An example is what people copy; the rest of a help page is what they read afterwards."""
    result = run(*name.split()[1:], "--help")
    assert result.exit_code == 0
    example = result.stdout.split("Example:\n", 1)[1]
    assert name in example


def test_every_command_prints_json() -> None:
    """A script should not have to parse sentences of any command."""
    without = [
        name
        for name, command in COMMANDS.items()
        if not isinstance(command, click.Group) and all("--json" not in one.opts for one in command.params)
    ]

    assert without == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help(name: str) -> None:
    """A user cannot guess what an option does."""
    options = [option for option in COMMANDS[name].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_the_help_of_the_whole_lists_every_command(run: Callable[..., Result]) -> None:
    """Commands that are imported late must not be forgotten in the list."""
    listed = run("--help").stdout
    assert all(f"\n  {name.split()[1]} " in f"\n{listed}" for name in COMMANDS if name.count(" ") == 1)


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(words: list[str]) -> None:
    """People wait for both, and for completion: a tenth of a second, not half of one."""
    code = f"""
import sys
from hookline.cli import main
main({words}, standalone_mode=False)
print([module for module in {HEAVY} if module in sys.modules])
"""
    process = run_process([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.splitlines()[-1] == "[]"


def test_the_module_runs_as_the_script_does() -> None:
    """``python -m hookline`` works where scripts are not on the path."""
    process = hookline("--version")
    assert (process.returncode, process.stdout) == (0, f"hookline {__version__}\n")


def test_wrong_usage_is_exit_code_2_and_says_where_help_is(run: Callable[..., Result]) -> None:
    """Scripts distinguish a typo from a failure by the exit code."""
    result = run("events", "show")
    assert result.exit_code == 2
    assert result.stderr == "error [usage]: Missing argument 'EVENT_ID'.\nSee `hookline events show --help`.\n"


@pytest.mark.parametrize("words", [("secrets", "list"), ("events", "list"), ("secrets", "set", "NAME")])
def test_the_option_that_named_an_environment_before_is_refused_with_the_one_that_does(
    words: tuple[str, ...], run: Callable[..., Result]
) -> None:
    """Click would suggest --env-file, which is the nearest by its letters."""
    result = run(*words, "--env", "prod")

    assert result.exit_code == 2
    assert "No such option '--env'. Name an environment on AWS with --target aws:ENV." in result.stderr


def test_an_environment_has_one_option_everywhere() -> None:
    """Users would have to look up two spellings of one option each time."""
    options = {option for command in COMMANDS.values() for one in command.params for option in one.opts}

    assert "--target" in options
    assert not options & {"--env", "--environment"}


def test_an_unknown_command_is_wrong_usage(run: Callable[..., Result]) -> None:
    """The lazy group must not break what click does well."""
    result = run("evnts")
    assert result.exit_code == 2
    assert "No such command 'evnts'" in result.stderr


def test_hookline_without_a_command_shows_the_five_to_start_with(run: Callable[..., Result]) -> None:
    """A newcomer who sees 28 commands does not know where to begin."""
    result = run()

    assert result.exit_code == 2
    listed = result.stderr.split("The five commands to start with:\n")[1].split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == ["init", "check", "serve", "send", "doctor"]
    assert "`hookline --help` lists all" in result.stderr
    assert max(map(len, result.stderr.splitlines())) <= 80


@pytest.mark.parametrize("name", ["verify", "doctor", "rejected"])
def test_the_three_commands_for_a_refused_request_name_each_other(name: str, run: Callable[..., Result]) -> None:
    """Each does one part, and people try the wrong one first."""
    words = " ".join(run(name, "--help").stdout.split())

    assert [
        other for other in ("verify", "doctor", "rejected") if other != name and f"`hookline {other}" not in words
    ] == []


@pytest.mark.parametrize("words", [[], ["events"], ["queues"]])
def test_a_group_without_a_command_shows_its_help(words: list[str], run: Callable[..., Result]) -> None:
    """A call without a command is a question, not a mistake, but nothing was done either."""
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: ")


def test_errors_are_json_where_the_output_would_be(run: Callable[..., Result]) -> None:
    """A program that reads JSON should not need a second parser for errors."""
    result = run("events", "list", "--limit", "0", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(result.stderr)["error"]["code"] == "usage"


def _raising(error: BaseException) -> Callable[[], object]:
    def run() -> object:
        raise error

    return run


COMPLAINTS = [Complaint(where="a.b (line 1)", why="is wrong"), Complaint(where="c", why="is wrong too")]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError(COMPLAINTS), 2),
        (PatternError(COMPLAINTS), 2),
        (DataDirectoryError("data_directory_in_use", "in use"), 2),
        (click.UsageError("no"), 2),
        (NotFoundError("there is no queue x"), 1),
        (OperatorError("not_replayable", "it waits"), 1),
        (UnavailableError("storage_unavailable", "disk full"), 1),
        (Rejected("body_not_json", "no"), 1),
        (OperatorError("backup_unsound", "no"), 1),
        (PermissionError(13, "Permission denied", "data"), 1),
        (KeyboardInterrupt(), 130),
        (click.Abort(), 130),
        (BrokenPipeError(), 1),
    ],
)
def test_each_kind_of_fault_has_its_exit_code(error: BaseException, code: int) -> None:
    """0 good, 1 what was asked for failed, 2 wrong usage or configuration, 130 interrupted; and never a traceback."""
    assert exit_code_of(_raising(error), as_json=False) == code


def test_an_error_is_a_code_a_sentence_and_a_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """The code is what people search for, the remedy what they do."""
    exit_code_of(_raising(NotFoundError("there is no queue x")), as_json=False)
    assert capsys.readouterr().err == (
        "error [not_found]: there is no queue x\nCheck the name: the list commands show the names that exist.\n"
    )


def test_all_complaints_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """To fix one line and then read of the next wastes an afternoon."""
    exit_code_of(_raising(ConfigError(COMPLAINTS)), as_json=False)
    assert capsys.readouterr().err.splitlines()[1:3] == ["  a.b (line 1): is wrong", "  c: is wrong too"]
    exit_code_of(_raising(ConfigError(COMPLAINTS)), as_json=True)
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["complaints"][0] == {"where": "a.b (line 1)", "why": "is wrong"}


def test_a_fault_that_nobody_expects_keeps_its_traceback() -> None:
    """A bug that is reported in one polite line is never found."""
    with pytest.raises(ZeroDivisionError):
        exit_code_of(_raising(ZeroDivisionError()), as_json=False)


@pytest.mark.parametrize("words", [["--help"], ["check"], ["check", "--json"]])
def test_a_reader_that_went_away_is_no_news(words: list[str], project: Path) -> None:
    """``hookline … | head`` ends without an error, at exit as well."""
    reader, writer = os.pipe()
    os.close(reader)
    process = run_process(
        [sys.executable, "-m", "hookline", *words], cwd=project, stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert (process.returncode, process.stderr) == (1, b"")


@pytest.mark.parametrize(
    "words",
    [
        ["events", "list", "--source", "a\udcff"],
        ["events", "show", "a\udcff"],
        ["replay", "a\udcff"],
        ["replay", "--since", "2h", "--reason", "a\udcff", "--yes"],
        ["audit", "--before", "a\udcff"],
    ],
)
def test_a_value_that_is_no_text_is_wrong_usage(words: list[str], store: Store, run: Callable[..., Result]) -> None:
    """A terminal with another encoding must not lead to a traceback from deep in the database."""
    result = run(*words, "--data-dir", store.path.parent)

    assert result.exit_code == 2
    assert "is not UTF-8 text" in result.stderr


def test_a_closed_output_is_written_to_in_silence(project: Path) -> None:
    """Some schedulers start their jobs as ``hookline … >&-``."""
    command = f"{sys.executable} -m hookline check >&-; echo $?; {sys.executable} -m hookline check nothing >&- 2>&-"
    process = run_process(["sh", "-c", command], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    assert (process.stdout, process.stderr, process.returncode) == (b"0\n", b"", 2)


def test_text_from_outside_cannot_control_the_terminal() -> None:
    """A sender chooses ids, types and bodies: no escape sequence, no line of their own, no text read backwards."""
    hostile = "a\x1b[2Jb\x9bc\rd\u202ee\u2028f\x07g\x00h"
    assert safe(hostile) == "a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\ufffdh"
    assert safe("Grüße, 世界, 12\u00a0€\u3000ok") == "Grüße, 世界, 12\u00a0€\u3000ok"
    assert safe_lines("{\n\t\x1b[31m1\r\n}\n") == "{\n    \ufffd[31m1\ufffd\n}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_each_shell(shell: str, run: Callable[..., Result]) -> None:
    """The shell evaluates it unchanged, so nothing else may be in it."""
    result = run("completion", shell)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"_HOOKLINE_COMPLETE={shell}_complete" in result.stdout


@pytest.mark.parametrize(("typed", "offered"), [("ev", "events"), ("queues re", "receive"), ("backup --fo", "--force")])
def test_the_shell_learns_what_may_follow(typed: str, offered: str) -> None:
    """The script asks hookline itself, which must know the commands that it has not imported."""
    words = f"hookline {typed}"
    environment = {
        **os.environ,
        "_HOOKLINE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    assert f"plain,{offered}" in hookline(env=environment).stdout.splitlines()


def test_the_command_can_be_called_by_other_code() -> None:
    """Without ``standalone_mode`` errors are raised unchanged, as everywhere in click."""
    with pytest.raises(click.UsageError):
        main(["nothing"], standalone_mode=False)
    assert CliRunner().invoke(main, ["--version"], standalone_mode=False).exit_code == 0
