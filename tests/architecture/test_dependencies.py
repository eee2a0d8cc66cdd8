"""Who may import whom, and what a request's way through the core does not load."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from later_modules import LATER, loaded_too_early
from processes import run_process

ROOT = Path(__file__).parents[2]
ABSENT = {
    "aiohttp",
    "apsw",
    "asyncio",
    "boto3",
    "botocore",
    "click",
    "rich",
    "socket",
    "sqlite3",
    "starlette",
    "uvicorn",
}


def test_the_import_contracts_hold() -> None:
    """The order of the folders is the order of dependence; one import against it, and the core is no longer one."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    checked = run_process(command, cwd=ROOT, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "0 broken" in checked.stdout


@pytest.mark.parametrize(
    ("newcomer", "contract"),
    [
        ("runtimes/embedded/newcomer.py: from hookline.adapters.sqlite import Database", "Only wiring opens adapters"),
        ("infra/newcomer.py: from hookline.adapters.aws import clients", "Only wiring opens adapters"),
        ("runtimes/embedded/newcomer.py: import apsw", "Only the sqlite adapter imports SQLite"),
        ("cli/newcomer.py: import botocore", "Only the aws adapter imports the AWS SDK"),
        (
            "runtimes/embedded/wiring/newcomer.py: from hookline.adapters.memory import MemoryClock",
            "No home runs on the memory backend",
        ),
    ],
)
def test_a_new_module_is_bound_by_the_contracts_too(tmp_path: Path, newcomer: str, contract: str) -> None:
    """A contract that lists modules by hand does not know the module that is added tomorrow."""
    file, line = newcomer.split(": ")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "src" / "hookline", tmp_path / "hookline", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "hookline" / file).write_text(f"{line}\n")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--contract", "checked"]
    text = (
        (tmp_path / "pyproject.toml")
        .read_text()
        .replace(f'name = "{contract}"', f'name = "{contract}"\nid = "checked"')
    )
    (tmp_path / "pyproject.toml").write_text(text)

    checked = run_process(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert f"{contract} BROKEN" in checked.stdout
    assert "newcomer" in checked.stdout


@pytest.mark.parametrize(
    "module",
    ["hookline.pipeline.receive", "hookline.pipeline.route", "hookline.pipeline.recover", "hookline.providers"],
)
def test_the_core_loads_no_server_no_storage_and_no_sdk(module: str) -> None:
    """A function that starts cold pays for every import, and what is not loaded cannot be called."""
    script = f"import sys; before = set(sys.modules); import {module}; print(*sorted(set(sys.modules) - before))"

    loaded = run_process([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert module in loaded
    assert {name.partition(".")[0] for name in loaded} & ABSENT == set()
    assert [
        name
        for name in loaded
        if name.startswith(("hookline.adapters", "hookline.runtimes", "hookline.cli", "hookline.demo"))
    ] == []


def test_a_server_starts_without_what_only_some_requests_need() -> None:
    """Its import is the time between a deployment and the first event; pages, metrics and traces load when somebody asks for them."""
    program = "import sys, hookline.cli.serve; print(*sys.modules)"
    loaded = run_process([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert "hookline.runtimes.embedded.ingest" in loaded
    assert loaded_too_early(loaded) == []


@pytest.mark.parametrize("name", LATER)
def test_what_a_server_imports_later_exists(name: str) -> None:
    """A name that was misspelled, or renamed since, is never loaded: the test above would pass whatever is imported."""
    assert find_spec(name) is not None
