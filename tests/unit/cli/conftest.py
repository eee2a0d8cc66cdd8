"""A project in a folder of its own, and the command line to look at it with."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from hookline.cli import main
from hookline.domain.event import Status
from processes import running_process
from unit.cli.projects import Served, Store, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from hookline.domain.event import Event


@pytest.fixture
def run() -> Callable[..., Result]:
    """The command line, in this process."""
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ``hookline init`` writes, as the working folder."""
    folder = tmp_path / "project"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def store(project: Path) -> Store:
    """The project's data directory, with its queues and no events."""
    store = Store(project=project)
    with store.open():
        pass
    return store


@pytest.fixture
def waiting(store: Store) -> Event:
    """An event that is stored and not routed."""
    item = event("waits")
    store.keep(item)
    return item


@pytest.fixture
def failed(store: Store) -> Event:
    """An event that routing gave up."""
    item = event("fell", status=Status.FAILED)
    store.keep(item)
    return item


@pytest.fixture
def served(project: Path) -> Iterator[Served]:
    """The project, served on free ports until the test ends; it must then stop well."""
    words = [sys.executable, "-m", "hookline", "serve", "--port", "0", "--admin-port", "0", "--log-format", "json"]
    with running_process(words, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        try:
            said = json.loads(first)
            yield Served(process=process, url=said["url"], admin=said["admin"])
        finally:
            process.terminate()
            rest = process.stderr.read()
        assert process.wait(timeout=20) == 0, rest
