"""Functions start from bytecode that was made for them, and never from stale bytecode."""

from __future__ import annotations

import json
import platform
import re
import shutil
import sys
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.aws.names import HANDLERS, OPTIONAL_HANDLERS
from hookline.cli.package import package
from hookline.errors import OperatorError
from hookline.infra.packaging import build, bytecode
from hookline.infra.packaging.bytecode import compilers, with_bytecode
from infra.packaged import EXAMPLE, unpacked
from processes import run_process

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.infra.packaging import Archives

RELEASE = platform.python_version()
HERE = RELEASE.rpartition(".")[0]
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
    """The modules of the functions' handlers, without those that not every project has."""
    return [name.rpartition(".")[0] for kind, name in HANDLERS.items() if kind not in OPTIONAL_HANDLERS]


def command(folder: Path, name: str, script: str) -> None:
    """A command in ``folder``."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_nothing_is_compiled_at_a_cold_start() -> None:
    """Lambda keeps no part of what it compiles: it would be done again at every cold start, for half of its time."""
    assert unpacked().run(COMPILED, *handlers()) == []


def test_a_changed_source_is_compiled_again(tmp_path: Path) -> None:
    """An edit of a function on AWS must take effect."""
    whole = unpacked()
    shutil.copytree(whole.function, tmp_path / "changed")
    changed = tmp_path / "changed" / "hookline" / "errors.py"
    changed.write_text(changed.read_text() + "\nCHANGED = 1\n")

    assert replace(whole, function=tmp_path / "changed").run(COMPILED, *handlers()) == [str(changed)]


def test_every_module_has_bytecode_of_the_targets_python(tmp_path: Path) -> None:
    """Bytecode of another version is never read: it would only take room."""
    archives = build(EXAMPLE, tmp_path, python=HERE, bytecode=RELEASE)
    tag = f".cpython-{HERE.replace('.', '')}.pyc"

    for archive in (archives.layer, archives.function):
        with zipfile.ZipFile(archive.path) as file:
            held = file.namelist()
        sources = {name.removesuffix(".py") for name in held if name.endswith(".py")}
        compiled = {name.removesuffix(tag).replace("__pycache__/", "") for name in held if "__pycache__" in name}
        assert sources == compiled


def test_only_the_functions_own_bytecode_is_compared_with_its_source(tmp_path: Path) -> None:
    """An operator may edit a function on AWS, but no layer: its sources need not be read at each cold start."""
    archives = build(EXAMPLE, tmp_path, python=HERE, bytecode=RELEASE)

    found = {}
    for archive in (archives.layer, archives.function):
        with zipfile.ZipFile(archive.path) as file:
            found[archive.path.name] = {file.read(name)[4] for name in file.namelist() if name.endswith(".pyc")}

    assert found == {"layer.zip": {0b01}, "function.zip": {0b11}}


def test_bytecode_is_the_same_in_every_process() -> None:
    """A file that differs would be deployed again each time."""
    files = {"python/a.py": b"X = {'b', 'a', 'c'}\ndef f(x=frozenset({1, 'y'})): return x in {'q', 'r'}\n"}

    first, second = (with_bytecode(files, "/opt/", executable=sys.executable, checked=True) for _ in range(2))

    assert first == second
    assert len(first) == 2


def bytecode_in(archives: Archives) -> list[str]:
    """Every file of bytecode in both archives."""
    found = []
    for archive in (archives.layer, archives.function):
        with zipfile.ZipFile(archive.path) as file:
            found += [name for name in file.namelist() if name.endswith(".pyc")]
    return found


def test_without_a_word_about_it_there_is_no_bytecode_and_a_warning(tmp_path: Path) -> None:
    """Bytecode that depends on what a machine happens to have would change with each person who deploys; slow starts must be known."""
    archives = build(EXAMPLE, tmp_path, python=HERE)

    (warning,) = (one for one in archives.warnings if "bytecode" in one)
    assert bytecode_in(archives) == []
    assert archives.bytecode is None
    assert "345 ms instead of 130" in warning
    assert f"({RELEASE}, which this machine has)" in warning
    assert "hookline:bytecode RELEASE" in warning


def test_who_decides_for_no_bytecode_is_not_warned_again(tmp_path: Path) -> None:
    """The decision is in the stack's configuration, where everyone sees it: a warning at each deployment would hide others."""
    archives = build(EXAMPLE, tmp_path, python=HERE, bytecode="none")

    assert bytecode_in(archives) == []
    assert not [warning for warning in archives.warnings if "bytecode" in warning]


def test_a_release_that_is_not_here_is_refused(tmp_path: Path) -> None:
    """Another release makes other bytes: the archives would differ from those of everybody else."""
    release = f"{HERE}.{sys.version_info.micro + 90}"

    with pytest.raises(OperatorError, match=f"{re.escape(release)}, which is not on this machine; there is") as caught:
        build(EXAMPLE, tmp_path / "out", python=HERE, bytecode=release)

    assert caught.value.code == "bytecode_unavailable"
    assert not (tmp_path / "out").exists()


def test_a_release_of_another_python_than_the_functions_is_refused(tmp_path: Path) -> None:
    """The functions would never read it."""
    with pytest.raises(OperatorError, match=f"Python {OTHER} cannot use bytecode of {re.escape(RELEASE)}") as caught:
        build(EXAMPLE, tmp_path, python=OTHER, bytecode=RELEASE)

    assert caught.value.code == "bytecode_unavailable"


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (f"echo {OTHER}.5", [f"{OTHER}.5"]),
        ("echo 2.7.18", []),
        ("exit 127", []),
        ('echo; [ "$1" = -I ] && [ "$2" = -S ]', []),
    ],
    ids=["it", "older", "shim", "not final"],
)
def test_an_interpreter_is_believed_when_it_says_its_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, found: list[str]
) -> None:
    """A version manager leaves commands on PATH that only say that they are not there."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    command(tmp_path, f"python{OTHER}", script)

    assert list(compilers(OTHER)) == found


@pytest.mark.parametrize(
    ("change", "release"),
    [
        ("", RELEASE),
        ("sys.abiflags = 't'", ""),
        ("sys.version_info = (3, 15, 0, 'candidate', 1)", ""),
        ("sys.implementation.name = 'pypy'", ""),
    ],
    ids=["as it is", "free-threaded", "not final", "another implementation"],
)
def test_only_a_final_cpython_with_the_global_lock_compiles(change: str, release: str) -> None:
    """Free-threaded builds count references in another way, which changes bytecode; a candidate's may not run on the release."""
    done = run_process(
        [sys.executable, "-I", "-S", "-c", f"import sys\n{change}\n{bytecode._RELEASE}"], capture_output=True, text=True
    )

    assert done.stdout.strip() == release


@pytest.mark.parametrize(
    "words", [(), ("--bytecode", "none"), ("--bytecode", RELEASE)], ids=["unsaid", "none", "release"]
)
def test_the_command_says_who_compiled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """A person who compares two machines' archives sees the difference before the digests."""
    at = ["--out", str(tmp_path), "--config", str(EXAMPLE), "--python", HERE, "--json"]

    package.main([*at, *words], standalone_mode=False)

    shown = capsys.readouterr()
    assert json.loads(shown.out)["bytecode"] == (RELEASE if RELEASE in words else None)
    assert ("hold no bytecode" in shown.err) == (not words)


def test_installations_of_pyenv_and_uv_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both keep several releases next to each other, and put none or one of them on PATH."""
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("UV_PYTHON_INSTALL_DIR", raising=False)
    places = {
        f"{OTHER}.1": tmp_path / "pyenv" / "versions" / f"{OTHER}.1" / "bin",
        f"{OTHER}.2": tmp_path / ".local/share/uv/python" / f"cpython-{OTHER}.2-linux-x86_64-gnu" / "bin",
    }
    for release, folder in places.items():
        folder.mkdir(parents=True)
        command(folder, f"python{OTHER}", f"echo {release}")

    assert compilers(OTHER) == {release: str(folder / f"python{OTHER}") for release, folder in places.items()}


def test_the_own_interpreter_needs_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that hookline runs from need not be on PATH."""
    monkeypatch.setenv("PATH", "")

    assert compilers(HERE)[RELEASE] == sys.executable
