"""The parts of a release, without building one: ``make release-check`` does that."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import tarfile
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from release_check.archives import ROOT, TOOLS, differing, expected_in_sdist, expected_in_wheel, lacking, strays
from release_check.bill import INSTALLATIONS, faults, missing, pins
from release_check.wheel import ORIGIN, TESTS, environment, pytest_with

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

    assert differing((one,), (one,)) == []
    assert differing((one,), (other,)) == [one.name]
    assert differing((one,), ()) == [one.name]


@pytest.mark.parametrize("stray", ["tests/test_one.py", "hookline/.env", "hookline/__pycache__/one.pyc"])
def test_what_must_not_be_in_a_wheel_is_named(tmp_path: Path, stray: str) -> None:
    """A secret that was published cannot be taken back; a folder `tests` would be imported by others' tests."""
    assert strays(wheel_of(tmp_path, PACKAGE)) == []
    assert strays(wheel_of(tmp_path, {**PACKAGE, stray: ""})) == [stray]


def test_an_sdist_may_hold_tests_but_no_secrets(tmp_path: Path) -> None:
    """Distributors run the tests of the sdist."""
    names = ("tests/test_one.py", "examples/transactions/.env.example", "examples/transactions/.env")

    assert strays(sdist_of(tmp_path, names)) == ["hookline-1.0/examples/transactions/.env"]


def test_a_file_that_a_wheel_lacks_is_named(tmp_path: Path) -> None:
    """A template or a page that is not in the wheel fails only at the user who needs it."""
    expected = expected_in_wheel()
    whole = dict.fromkeys(expected, "")
    left_out = "hookline/dashboard/pages/templates/base.html"

    assert {left_out, "hookline/py.typed", "hookline/cli/template/samples/payment.json"} <= expected
    assert lacking(wheel_of(tmp_path, whole), expected) == []
    assert lacking(wheel_of(tmp_path, {name: "" for name in whole if name != left_out}), expected) == [left_out]


def test_a_file_that_an_sdist_lacks_is_named(tmp_path: Path) -> None:
    """Distributors build and test with what the sdist holds."""
    expected = expected_in_sdist()

    assert {"Makefile", "tests/conftest.py", "zensical.toml"} <= expected
    assert lacking(sdist_of(tmp_path, tuple(expected)), expected) == []
    assert lacking(sdist_of(tmp_path, tuple(expected - {"Makefile"})), expected) == ["Makefile"]


def test_the_tests_of_the_wheel_are_there() -> None:
    """A path that does not exist any more would fail on the day of a release."""
    assert [path for path in (ORIGIN, *TESTS) if not (ROOT / path).exists()] == []


def sources_in(folder: Path) -> Path:
    """What the test of the origin needs of the unpacked sdist."""
    for name in ("pyproject.toml", "tests/processes.py", "tests/release_check/origin.py", ORIGIN):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_the_wheel_is_tested_and_not_the_checkout(tmp_path: Path) -> None:
    """The tools' environment has the checkout installed: the tests would pass against it with any wheel."""
    command = {"hookline-1.0.dist-info/entry_points.txt": "[console_scripts]\nhookline = hookline.__main__:run\n"}
    metadata = {"hookline-1.0.dist-info/WHEEL": WHEEL, "hookline-1.0.dist-info/RECORD": ""}
    python = environment(wheel_of(tmp_path, {**PACKAGE, **metadata, **command}), tmp_path / "environment")
    sources = sources_in(tmp_path / "sources")
    arguments = ["--quiet", "-p", "no:cacheprovider", ORIGIN]

    good = pytest_with(python, sources, arguments, capture_output=True, text=True)
    with next(tmp_path.glob("environment/lib/*/site-packages/tools.pth")).open("a") as paths:
        paths.write(f"{ROOT / 'src'}\n")
    bad = pytest_with(python, sources, arguments, capture_output=True, text=True)

    assert "4 passed" in good.stdout
    assert "FAILED tests/release_check/test_origin.py::test_no_other_hookline_can_be_imported" in bad.stdout


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
    """Users look into the bill when a package has a vulnerability."""
    bill = tmp_path / "bill.json"
    about = {"metadata": {"component": {"name": "hookline", "version": "0"}}}
    bill.write_text(json.dumps({**about, "components": []}))

    left_out = missing(bill, Path(sys.executable))

    assert f"bill.json does not list pytest {version('pytest')}, which the wheel installs" in left_out


@pytest.mark.skipif(not TOOLS.exists(), reason="`make release-check` installs CycloneDX's library")
def test_a_bill_that_does_not_fit_the_schema_is_refused(tmp_path: Path) -> None:
    """Programs that search bills refuse one that is not valid, or read something else in it."""
    bill = tmp_path / "bill.json"
    good = {"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "one"}]}
    bill.write_text(json.dumps(good))

    assert faults(bill) == []

    bill.write_text(json.dumps({**good, "components": [{"type": "library"}]}))

    assert faults(bill) == [f"{bill.name} is not valid CycloneDX: $.components[0] 'name' is a required property"]
