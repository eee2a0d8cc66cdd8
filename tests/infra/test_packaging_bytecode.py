"""Functions start from bytecode that was made for them, and never from stale bytecode."""

from __future__ import annotations

import shutil
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.aws.names import HANDLERS
from hookline.infra.packaging import build
from hookline.infra.packaging.bytecode import interpreter, with_bytecode
from infra.packaged import EXAMPLE, unpacked

if TYPE_CHECKING:
    from pathlib import Path

HERE = ".".join(map(str, sys.version_info[:2]))
OTHER = "3.14" if HERE != "3.14" else "3.13"

COMPILED = """
import importlib, importlib.machinery, json, sys
found = []
whole = importlib.machinery.SourceFileLoader.source_to_code
def noted(self, data, path, **more):
    found.append(path)
    return whole(self, data, path, **more)
importlib.machinery.SourceFileLoader.source_to_code = noted
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps([path for path in found if "/hookline-packaged-" in path or "/changed/" in path]))
"""


def handlers() -> list[str]:
    """The modules of the functions' handlers."""
    return [name.rpartition(".")[0] for name in HANDLERS.values()]


def command(folder: Path, name: str, script: str) -> None:
    """A command in ``folder``."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_nothing_is_compiled_at_a_cold_start() -> None:
    """Lambda keeps nothing of what it compiles: it would be done again at every cold start, for half of its time."""
    assert unpacked().run(COMPILED, *handlers()) == []


def test_a_changed_source_is_compiled_anew(tmp_path: Path) -> None:
    """Whoever edits a function on AWS runs what they wrote."""
    whole = unpacked()
    shutil.copytree(whole.function, tmp_path / "changed")
    changed = tmp_path / "changed" / "hookline" / "errors.py"
    changed.write_text(changed.read_text() + "\nCHANGED = 1\n")

    assert replace(whole, function=tmp_path / "changed").run(COMPILED, *handlers()) == [str(changed)]


def test_every_module_has_bytecode_of_the_targets_python(tmp_path: Path) -> None:
    """Bytecode of another version is never read: it would only take room."""
    archives = build(EXAMPLE, tmp_path, python=HERE)
    tag = f".cpython-{HERE.replace('.', '')}.pyc"

    for archive in (archives.layer, archives.function):
        with zipfile.ZipFile(archive.path) as file:
            held = file.namelist()
        sources = {name.removesuffix(".py") for name in held if name.endswith(".py")}
        compiled = {name.removesuffix(tag).replace("__pycache__/", "") for name in held if "__pycache__" in name}
        assert sources == compiled


def test_only_the_functions_own_bytecode_is_compared_with_its_source(tmp_path: Path) -> None:
    """An operator may edit a function on AWS, but no layer: its sources need not be read at each cold start."""
    archives = build(EXAMPLE, tmp_path, python=HERE)

    found = {}
    for archive in (archives.layer, archives.function):
        with zipfile.ZipFile(archive.path) as file:
            found[archive.path.name] = {file.read(name)[4] for name in file.namelist() if name.endswith(".pyc")}

    assert found == {"layer.zip": {0b01}, "function.zip": {0b11}}


def test_bytecode_is_the_same_in_every_process() -> None:
    """What differs would be deployed anew each time."""
    files = {"python/a.py": b"X = {'b', 'a', 'c'}\ndef f(x=frozenset({1, 'y'})): return x in {'q', 'r'}\n"}

    first, second = (with_bytecode(files, "/opt/", executable=sys.executable, checked=True) for _ in range(2))

    assert first == second
    assert len(first) == 2


def test_without_the_targets_python_sources_are_packaged_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They run all the same, more slowly at first: that is for the operator to know."""
    monkeypatch.setenv("PATH", str(tmp_path))

    archives = build(EXAMPLE, tmp_path / "out", python=OTHER)

    assert any(f"no python{OTHER} on this machine" in warning for warning in archives.warnings)
    for archive in (archives.layer, archives.function):
        with zipfile.ZipFile(archive.path) as file:
            assert not [name for name in file.namelist() if name.endswith(".pyc")]


@pytest.mark.parametrize(
    ("script", "found"),
    [(f"echo {OTHER}", True), ("echo 2.7", False), ("exit 127", False)],
    ids=["it", "older", "shim"],
)
def test_an_interpreter_is_believed_when_it_says_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, *, found: bool
) -> None:
    """A version manager leaves commands on PATH that only say that they are not there."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    command(tmp_path, f"python{OTHER}", script)

    assert interpreter(OTHER) == (str(tmp_path / f"python{OTHER}") if found else None)


def test_the_own_interpreter_needs_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that hookline runs from need not be on PATH."""
    monkeypatch.setenv("PATH", "")

    assert interpreter(HERE) == sys.executable
