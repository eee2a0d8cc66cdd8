"""What a release is made of, without building one: ``make release-check`` does that."""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from release_check.archives import ROOT, differing, strays
from release_check.bill import INSTALLATIONS, missing, pins
from release_check.wheel import TESTS, environment, imported_from

if TYPE_CHECKING:
    from release_check.bill import Installation

PACKAGE = {
    "hookline/__init__.py": "",
    "hookline-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: hookline\nVersion: 1.0\n",
}
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel_of(folder: Path, files: dict[str, str]) -> Path:
    """A wheel that holds these files."""
    path = folder / "hookline-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def sdist_of(folder: Path, names: tuple[str, ...]) -> Path:
    """An sdist that holds these files, empty."""
    path = folder / "hookline-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(f"hookline-1.0/{name}"), io.BytesIO())
    return path


def test_archives_of_the_same_bytes_do_not_differ_and_others_are_named(tmp_path: Path) -> None:
    """A user who builds the tag again must get what was published."""
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one, other = wheel_of(tmp_path / "one", PACKAGE), wheel_of(tmp_path / "other", {**PACKAGE, "hookline/more.py": ""})

    assert differing([one], [one]) == []
    assert differing([one], [other]) == [one.name]
    assert differing([one], []) == [one.name]


@pytest.mark.parametrize("stray", ["tests/test_one.py", "hookline/.env", "hookline/__pycache__/one.pyc"])
def test_what_must_not_be_in_a_wheel_is_named(tmp_path: Path, stray: str) -> None:
    """A secret that was published cannot be taken back; a folder `tests` would be imported by others' tests."""
    assert strays(wheel_of(tmp_path, PACKAGE)) == []
    assert strays(wheel_of(tmp_path, {**PACKAGE, stray: ""})) == [stray]


def test_an_sdist_may_hold_tests_but_no_secrets(tmp_path: Path) -> None:
    """Distributors run the tests of the sdist."""
    names = ("tests/test_one.py", "examples/transactions/.env.example", "examples/transactions/.env")

    assert strays(sdist_of(tmp_path, names)) == ["hookline-1.0/examples/transactions/.env"]


def test_the_tests_of_the_wheel_are_there() -> None:
    """A path that is gone would fail on the day of a release."""
    assert [path for path in TESTS if not (ROOT / path).exists()] == []


def test_the_wheel_is_imported_and_not_the_checkout(tmp_path: Path) -> None:
    """The tools' environment has the checkout installed: the tests would pass against it whatever the wheel holds."""
    wheel = wheel_of(tmp_path, {**PACKAGE, "hookline-1.0.dist-info/WHEEL": WHEEL, "hookline-1.0.dist-info/RECORD": ""})

    python = environment(wheel, tmp_path / "environment")

    assert imported_from(python, tmp_path).is_relative_to(tmp_path / "environment")
    assert imported_from(python, ROOT).is_relative_to(tmp_path / "environment")


def test_pins_are_the_versions_without_hashes() -> None:
    """As constraints: with hashes pip would refuse the ranges of the wheel."""
    listed = 'one==1.0 ; sys_platform != "win32" \\\n    --hash=sha256:00\ntwo==2.0 \\\n    --hash=sha256:01\n'

    assert pins(listed) == ['one==1.0 ; sys_platform != "win32"', "two==2.0"]


@pytest.mark.parametrize("one", INSTALLATIONS, ids=lambda one: one.name)
def test_every_installation_has_its_versions(one: Installation) -> None:
    """A list that cannot be read pins nothing, and the newest of everything would be installed."""
    listed = one.versions.read_text("utf-8")

    assert len(pins(listed)) == len(re.findall(r"^[a-z0-9]", listed, re.MULTILINE)) > 5


def test_a_package_that_the_bill_leaves_out_is_named(tmp_path: Path) -> None:
    """A bill that leaves out a package says that its faults are none of the user's."""
    bill = tmp_path / "bill.json"
    about = {"metadata": {"component": {"name": "hookline", "version": "0"}}}
    bill.write_text(json.dumps({**about, "components": []}))

    left_out = missing(bill, Path(sys.executable))

    assert f"pytest {version('pytest')}" in left_out
