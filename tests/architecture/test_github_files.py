"""GitHub reads the workflows and forms only after a push, and shows no form that has a fault: here they are read before."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any  # YAML and JSON

import click
import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

from hookline.cli import main
from release_check.archives import tracked

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(__file__).with_name("github_schemas")
FOLDER = ROOT / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").iterdir())
FORMS = sorted((FOLDER / "ISSUE_TEMPLATE").glob("[0-9]-*"))
CONFIG = FOLDER / "ISSUE_TEMPLATE" / "config.yml"
KINDS = {
    **dict.fromkeys(WORKFLOWS, "workflows"),
    **dict.fromkeys(FORMS, "issue-forms"),
    CONFIG: "issue-config",
}
FAULTS = [
    ("workflows", {"on": "push", "jobs": {"one": {"runs-on": "x", "steps": [{"runs": "make lint"}]}}}),
    ("workflows", {"on": "pushed", "jobs": {"one": {"runs-on": "x", "steps": [{"run": "make lint"}]}}}),
    ("workflows", {"on": "push", "jobs": {"one": {"steps": [{"run": "make lint"}]}}}),
    ("issue-forms", {"name": "A fault", "description": "One.", "body": [{"type": "text", "attributes": {"label": "x"}}]}),
    ("issue-forms", {"name": "A fault", "description": "One.", "body": [{"type": "input", "id": "x"}]}),
    ("issue-config", {"blank_issues": False}),
]  # fmt: skip
"""Misspelt words and missing parts, each of a kind of file."""


def content(path: Path) -> dict[str, Any]:
    """A file, with ``on`` under its name: YAML 1.1 reads it as a boolean."""
    return {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text("utf-8")).items()}


def complaints(kind: str, value: dict[str, Any]) -> list[str]:
    """What the schema of a kind of file says against a value."""
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / f"{kind}.json").read_text("utf-8")))
    return [error.message for error in validator.iter_errors(value)]


def expressions(value: object) -> list[str]:
    """Each ``${{ … }}`` in a value and in what it contains."""
    if isinstance(value, dict):
        return [found for one in value.values() for found in expressions(one)]
    if isinstance(value, list):
        return [found for one in value for found in expressions(one)]
    return re.findall(r"\$\{\{ *(.*?) *\}\}", str(value))


def commands_in(text: str) -> list[list[str]]:
    """The words of each `hookline` command in a text."""
    return [found.split() for found in re.findall(r"`hookline ([^`]+)`", text)]


def unknown(words: list[str]) -> list[str]:
    """The words of a command that hookline does not know: subcommands and options."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(click.Context(command), name)
        if found is None:
            return [name]
        command = found
    options = {name for parameter in command.params for name in parameter.opts} | {"--version", "--help"}
    return [word for word in words if word.startswith("-") and word not in options]


@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.stem)
def test_each_file_fits_the_schema_of_its_kind(path: Path) -> None:
    """A misspelt key is ignored by GitHub, or stops the workflow on the day when it is needed."""
    assert complaints(KINDS[path], content(path)) == []


@pytest.mark.parametrize(("kind", "faulty"), FAULTS)
def test_a_fault_is_found(kind: str, faulty: dict[str, Any]) -> None:
    """A schema that accepts everything would pass the test above."""
    assert complaints(kind, faulty) != []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_expressions_name_what_exists_and_no_text_of_others(path: Path) -> None:
    """The title of a pull request in a shell's command would be run. A misspelt key of the matrix is an empty text."""
    whole = content(path)
    known = {"github.workflow", "github.ref"}
    for job in whole["jobs"].values():
        values = job.get("strategy", {}).get("matrix", {})
        keys = {f"matrix.{key}" for key in values if key != "include"}

        assert set(expressions(job)) <= keys
        assert [one for one in values.get("include", []) if {f"matrix.{key}" for key in one} != keys] == []
        assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []
        assert set(job.get("needs", [])) <= set(whole["jobs"])
    assert set(expressions({key: value for key, value in whole.items() if key != "jobs"})) <= known


@pytest.mark.parametrize("path", [*FORMS, FOLDER / "pull_request_template.md"], ids=lambda path: path.stem)
def test_forms_name_files_and_commands_that_exist(path: Path) -> None:
    """The person who fills in a form follows it before anyone can help."""
    text = path.read_text("utf-8")
    files = re.findall(r"\b((?:docs/[\w/-]+|[A-Z]+)\.md)\b", text)

    assert [name for name in files if not (ROOT / name).exists()] == []
    assert [words for words in commands_in(text) if unknown(words)] == []


def test_a_command_that_does_not_exist_is_found() -> None:
    """Otherwise the test above could not fail."""
    assert commands_in("`hookline sources try NAME --request FILE`, `hookline sources try NAME --requests FILE`, `hookline diagnose`") == [
        ["sources", "try", "NAME", "--request", "FILE"],
        ["sources", "try", "NAME", "--requests", "FILE"],
        ["diagnose"],
    ]  # fmt: skip
    assert unknown(["sources", "try", "NAME", "--request", "FILE"]) == []
    assert unknown(["sources", "try", "NAME", "--requests", "FILE"]) == ["--requests"]
    assert unknown(["diagnose"]) == ["diagnose"]


def test_each_section_of_the_editors_file_has_files() -> None:
    """A section for a folder that was moved no longer protects its files."""
    patterns = re.findall(r"^\[(.+)\]$", (ROOT / ".editorconfig").read_text("utf-8"), re.MULTILINE)
    files = tracked()

    assert len(patterns) > 3
    assert [pattern for pattern in patterns if not any(matching(pattern).search(name) for name in files)] == []


def matching(pattern: str) -> re.Pattern[str]:
    """A pattern of .editorconfig as one for paths: ``{a,b}`` is either, ``*`` stays in a folder, ``**`` does not."""
    parts = {"**": ".*", "*": "[^/]*", "{": "(?:", "}": ")", ",": "|"}
    text = "".join(parts.get(part, re.escape(part)) for part in re.findall(r"\*\*|[*{},]|[^*{},]+", pattern))
    return re.compile(f"(?:^|/){text}$" if "/" not in pattern else f"^{text}$")
