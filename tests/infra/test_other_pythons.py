"""Two people who deploy with different Pythons deploy the same: else each deployment would replace every function of the other's."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

import pytest

from hookline.infra.packaging import NO_BYTECODE, build
from infra.graph import declared
from infra.other_pythons import other_python
from infra.packaged import EXAMPLE

if TYPE_CHECKING:
    from pathlib import Path

    from infra.other_pythons import OtherPython

BUILD = """
import sys
from pathlib import Path
from hookline.infra.packaging import build
project, out, python, bytecode = sys.argv[1:]
build(Path(project), Path(out), python=python, bytecode=bytecode)
"""

DECLARE = """
from infra.test_other_pythons import everything
print(everything())
"""


@pytest.fixture(scope="module")
def other() -> OtherPython:
    """Another Python of this machine."""
    return other_python()


def everything() -> str:
    """All that the program declares, as text: every resource with its inputs, and the outputs."""
    made = declared()
    resources = [
        (one.urn, one.inputs, sorted(one.depends_on), one.protect, one.ignored)
        for one in sorted(made.resources, key=lambda one: one.urn)
    ]
    return json.dumps([resources, made.outputs], sort_keys=True)


@pytest.mark.parametrize("compiled", [False, True], ids=["sources", "bytecode"])
def test_both_pythons_build_the_same_archives(tmp_path: Path, other: OtherPython, *, compiled: bool) -> None:
    """The hash of an archive decides whether a function is replaced. ``hookline package`` and a deployment build alike."""
    bytecode = other.release if compiled else NO_BYTECODE
    own = build(EXAMPLE, tmp_path / "own", python=other.minor, bytecode=bytecode)

    other.run(BUILD, str(EXAMPLE), str(tmp_path / "other"), other.minor, bytecode)

    for archive in (own.layer, own.function):
        assert archive.path.read_bytes() == (tmp_path / "other" / archive.path.name).read_bytes()


def test_both_pythons_declare_the_same_stack(other: OtherPython) -> None:
    """A policy, a dashboard or an alarm that is written in another order would be a change at each deployment."""
    assert other.run(DECLARE).strip() == everything()


def test_nothing_in_an_archive_is_compressed_by_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """zlib-ng and Apple's zlib make other bytes than zlib, and so does each version of Python's gzip header."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("something was compressed")

    for module, name in ((zlib, "compressobj"), (zlib, "compress"), (gzip, "compress")):
        monkeypatch.setattr(module, name, refused)

    archives = build(EXAMPLE, tmp_path, bytecode=NO_BYTECODE)

    assert archives.layer.size < archives.layer.unzipped / 2
