"""The runbook has a section for each alarm, with what to look at and what to do, and commands that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from botocore.session import get_session  # type: ignore[import-untyped]  # botocore ships no types

from alert_rules import alerts
from hookline.cli.root import main
from hookline.infra.settings import RUNBOOK
from hookline.infra.watch.alarm_table import KINDS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / RUNBOOK).read_text()
INTRODUCTION, *PARTS = re.split(r"^## ", TEXT, flags=re.MULTILINE)
SECTIONS = {part.splitlines()[0].lower().replace(" ", "-"): part for part in PARTS}
CODE = " ; ".join("".join(found) for found in re.findall(r"```console\n(.*?)```|`([^`]+)`", TEXT, flags=re.DOTALL))
CODE_LINES = [" ".join(line.split()) for line in re.split(r"[|;)]|\n\$ ", CODE) if "hookline" in line]
COMMANDS = sorted(
    {
        " ".join(found.split())
        for found in re.findall(r"(?<![\w./-])(?:aws|hookline)\s+[a-z0-9]+(?:\s+[a-z][a-z-]+)?", CODE)
    }
)


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    """The link in an alarm must lead to a section, and nobody corrects a section without an alarm."""
    of_aws = [kind.section for kind in KINDS]
    of_prometheus = [alert["annotations"]["runbook_url"].partition("#")[2] for alert in alerts()]

    assert set(SECTIONS) == {*of_aws, *of_prometheus}
    assert list(SECTIONS)[: len(set(of_aws))] == list(dict.fromkeys(of_aws))


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_says_what_it_means_what_to_look_at_and_what_to_do(section: str) -> None:
    """Three questions of the person who was woken, in their order."""
    text = SECTIONS[section]

    places = [text.find(words) for words in ("**It means**", "**Look**", "**Do**")]

    assert -1 not in places
    assert places == sorted(places)


def test_links_lead_to_sections_and_pages_that_are_there() -> None:
    """A dead link costs the most when it is followed in a hurry."""
    links = re.findall(r"\]\(([^)]+)\)", TEXT)

    here = {link[1:] for link in links if link.startswith("#")}
    elsewhere = [link for link in links if not link.startswith("#")]

    assert here <= SECTIONS.keys()
    assert all((ROOT / RUNBOOK).parent.joinpath(link.partition("#")[0]).exists() for link in elsewhere)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("aws ")])
def test_a_command_of_aws_is_one_that_aws_has(command: str) -> None:
    """A misspelt command is found here rather than at night."""
    _, service, operation = command.split()
    session = get_session()

    model = session.get_service_model(service)

    known = {re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in model.operation_names}
    assert operation in known


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("hookline ")])
def test_a_command_of_hookline_is_one_that_hookline_has(command: str) -> None:
    """Another test compares the command line's own reference with it; this test compares this page."""
    found: click.Command | None = main

    for word in shlex.split(command)[1:]:
        if isinstance(found, click.Group):
            found = found.get_command(click.Context(found), word)

    assert found is not None
    assert found is not main
    options = {option for parameter in found.params for option in parameter.opts}
    assert {option for line in CODE_LINES if command in line for option in re.findall(r"--[a-z-]+", line)} <= options
