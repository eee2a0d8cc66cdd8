"""A user cannot find an undocumented option; a documented one that does not exist is worse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.cli.error_codes import CODES
from unit.cli.projects import commands

if TYPE_CHECKING:
    import click

COMMANDS = commands()
PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "cli.md").read_text()
SECTIONS = dict(re.findall(r"^#{2,3} `([^`]+)`\n(.*?)(?=^## |^### |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def written(command: click.Command, name: str) -> str:
    """The command's heading: its name and its arguments."""
    arguments = [
        part.make_metavar(command.make_context("", [], resilient_parsing=True))
        for part in command.params
        if part.param_type_name == "argument"
    ]
    return " ".join([name, *arguments]).replace("...", "…").replace("{", "[").replace("}", "]")


def test_every_command_has_a_section_and_every_section_a_command() -> None:
    """People look for commands in the reference."""
    assert set(SECTIONS) == {written(command, name) for name, command in COMMANDS.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_row_and_every_row_an_option(name: str) -> None:
    """A removed option must not stay in the reference."""
    command = COMMANDS[name]
    options = {option for part in command.params if part.param_type_name == "option" for option in part.opts}
    documented = re.findall(r"^\| `(--[a-z-]+)[ `]", SECTIONS[written(command, name)], re.MULTILINE)
    assert set(documented) == options
    assert len(documented) == len(options)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_an_option_takes_is_written_as_its_help_has_it(name: str) -> None:
    """A default or a choice that changed in one place only misleads."""
    command = COMMANDS[name]
    context = command.make_context("", [], resilient_parsing=True)
    for part in command.params:
        if part.param_type_name == "option" and not getattr(part, "is_flag", False):
            takes = part.make_metavar(context).replace(" RANGE", "").replace("|", "\\|")
            assert f"\n| `{part.opts[0]} {takes}` |" in SECTIONS[written(command, name)]


def test_the_command_lines_own_error_codes_are_listed() -> None:
    """People search for a code."""
    assert [code for code in CODES if f"`{code}`" not in PAGE] == []
