"""Where the layer's wheels come from: a folder, the cache, or pip; and what is said when they are not available."""

from __future__ import annotations

import shutil
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from hookline.errors import OperatorError
from hookline.infra.packaging import host_target
from hookline.infra.packaging import wheels as module
from hookline.infra.packaging.wheels import cache_folder, pinned, wheels_for

if TYPE_CHECKING:
    from pathlib import Path

HOST = host_target()


def fetch(folder: Path | None = None) -> list[bytes]:
    """The wheels for this machine."""
    return sorted(wheels_for(HOST.architecture, HOST.python, pinned(), folder))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The wheels for this machine in a folder of their own, as an operator would copy them."""
    fetch()
    return shutil.copytree(kept(), tmp_path / "wheels")


@pytest.fixture
def elsewhere(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a cache; the wheels were copied before."""
    assert folder.is_dir()
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def no_index(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No package index, and nothing else where pip would look on its own."""
    assert elsewhere.is_dir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")


def kept() -> Path:
    """Where the cache keeps this machine's wheels."""
    return cache_folder() / module._key(HOST.architecture, HOST.python, pinned())


@pytest.mark.usefixtures("no_index")
def test_a_folder_of_wheels_is_enough(folder: Path) -> None:
    """A machine that builds may have no network at all."""
    found = fetch(folder)

    assert found == sorted(path.read_bytes() for path in folder.iterdir())
    assert not cache_folder().exists()


def test_what_was_fetched_once_needs_neither_pip_nor_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment builds its archives each time it runs."""
    first = fetch()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    assert fetch() == first


@pytest.mark.usefixtures("elsewhere")
def test_a_damaged_cache_is_fetched_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that was full once must not spoil every build after it."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    shutil.copytree(folder, kept())
    next(kept().glob("six*")).write_bytes(b"half a wh")

    found = fetch()

    assert found == sorted(path.read_bytes() for path in folder.iterdir())
    assert sorted(path.read_bytes() for path in kept().iterdir()) == found


@pytest.mark.usefixtures("elsewhere")
def test_builds_that_fill_the_cache_together_do_not_disturb_each_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two deployments may start on a fresh machine together."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    with ThreadPoolExecutor(4) as pool:
        found = [*pool.map(lambda _: fetch(), range(4))]

    assert found == [sorted(path.read_bytes() for path in folder.iterdir())] * 4
    assert [*cache_folder().iterdir()] == [kept()]


def test_a_home_that_cannot_be_written_is_no_hindrance(
    elsewhere: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container the home is often read-only: then each build fetches."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    (elsewhere / ".cache").write_text("in the way")

    assert len(fetch()) == len([*folder.iterdir()])


def test_a_missing_wheel_is_reported_by_the_packages_name(folder: Path) -> None:
    """The operator has to look for this name and this target."""
    next(folder.glob("orjson*")).unlink()

    with pytest.raises(OperatorError, match=rf"no wheel of orjson==\S+ for {HOST.architecture} with Python") as caught:
        fetch(folder)

    assert caught.value.code == "wheel_missing"


def test_an_altered_wheel_is_refused(folder: Path) -> None:
    """Production runs what was tested, to the byte."""
    with next(folder.glob("six*")).open("ab") as wheel:
        wheel.write(b"\0")

    with pytest.raises(OperatorError) as caught:
        fetch(folder)

    assert caught.value.code == "wheel_altered"


@pytest.mark.usefixtures("no_index")
def test_no_connection_is_reported_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody should look for another Python version when the network is down."""
    monkeypatch.setenv("PIP_RETRIES", "0")

    with pytest.raises(OperatorError, match="could not fetch") as caught:
        fetch()

    assert caught.value.code == "wheels_unreachable"


@pytest.mark.usefixtures("elsewhere")
def test_a_python_without_pip_is_reported_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some installers make environments without it."""
    venv.create(tmp_path / "bare", symlinks=True)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))

    with pytest.raises(OperatorError, match="has no pip") as caught:
        fetch()

    assert caught.value.code == "pip_missing"
