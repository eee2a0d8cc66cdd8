"""What the documentation says was tried is what the tests run: each client in the version that is pinned."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONSUMERS = ROOT / "examples" / "consumers"
LOCK = CONSUMERS / "sqs-consumer" / "package-lock.json"


def python_pins(path: Path) -> dict[str, str]:
    """Versions by package."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", path.read_text(), re.MULTILINE))


def node_pins() -> dict[str, str]:
    """Versions by package."""
    packages = json.loads(LOCK.read_text())["packages"]
    return {place.removeprefix("node_modules/"): found["version"] for place, found in packages.items() if place}


PINS = python_pins(ROOT / "requirements" / "dev.txt") | node_pins()


def test_the_how_to_lists_the_clients_in_their_versions() -> None:
    """A reader decides by this table whether their own client will work."""
    page = (ROOT / "docs" / "how-to" / "consume.md").read_text()

    tried = dict(re.findall(r"^\| `([^`]+)`.* \| ([0-9.]+) \|$", page, re.MULTILINE))

    assert len(tried) == 10
    assert tried == {name: PINS[name] for name in tried}


def test_the_readme_names_the_same_versions() -> None:
    """Two lists that are changed by hand go apart."""
    text = (ROOT / "README.md").read_text()

    named = re.findall(
        r"([@A-Za-z][A-Za-z0-9/@-]+) (\d+\.\d+\.\d+)\b", text[text.index("The tests run each of these clients") :]
    )

    assert len(named) == 10
    assert {name.lower(): version for name, version in named} == {name.lower(): PINS[name.lower()] for name, _ in named}


@pytest.mark.parametrize("name", ["boto3", "powertools", "celery"])
def test_an_example_installs_what_was_tested(name: str) -> None:
    """Its container has the versions that the tests run with, by hash."""
    path = CONSUMERS / name / "requirements.txt"

    pins = python_pins(path)

    assert len(pins) > 5
    assert pins == {package: PINS[package] for package in pins}
    assert path.read_text().count("==") <= path.read_text().count("--hash=sha256:")


def test_the_lock_of_node_has_hashes_and_no_addresses() -> None:
    """Every package is checked by its content, and comes from the registry that the machine is set up with."""
    packages = {place: found for place, found in json.loads(LOCK.read_text())["packages"].items() if place}
    asked = json.loads((LOCK.parent / "package.json").read_text())["dependencies"]

    assert all(found["integrity"].startswith("sha512-") for found in packages.values())
    assert not any("resolved" in found for found in packages.values())
    assert asked == {name: node_pins()[name] for name in asked}


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in CONSUMERS.glob("*/Containerfile")))
def test_a_container_file_copies_what_is_there(folder: str) -> None:
    """An image without one of the program's files fails when it starts, and not when it is built."""
    lines = (CONSUMERS / folder / "Containerfile").read_text().splitlines()
    copied = {name for line in lines if line.startswith("COPY") for name in line.split()[1:-1]}
    programs = {path.name for path in (CONSUMERS / folder).iterdir() if path.suffix in (".py", ".mjs")}

    assert programs <= copied
    assert all((CONSUMERS / folder / name).is_file() for name in copied)
    assert json.loads(lines[-1].removeprefix("CMD "))[-1] in programs
    assert "USER 1000" in lines
