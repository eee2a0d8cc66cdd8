"""Room on a file system, and the file that holds some of it back."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.local.disk_space import Ballast, can_grow, free_and_total

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 256 * 1024


def test_free_and_total_are_those_of_the_folders_file_system(tmp_path: Path) -> None:
    """The data directory is often a volume of its own."""
    free, total = free_and_total(tmp_path)

    assert 0 < free <= total


def test_a_ballast_holds_real_bytes_and_gives_them_back(tmp_path: Path) -> None:
    """A sparse file would hold nothing back."""
    ballast = Ballast(tmp_path / "reserve", SIZE)

    assert ballast.held == 0
    assert ballast.hold()
    assert ballast.held == SIZE
    assert ballast.path.stat().st_blocks * 512 >= SIZE
    assert ballast.path.stat().st_mode & 0o077 == 0

    assert (ballast.drop(), ballast.drop()) == (True, False)
    assert not ballast.path.exists()
    assert ballast.held == 0


def test_holding_extra_room_leaves_only_the_ballast(tmp_path: Path) -> None:
    """The server checks that the extra room is there, and then gives it back."""
    ballast = Ballast(tmp_path / "reserve", SIZE)

    assert ballast.hold(spare=SIZE)

    assert ballast.path.stat().st_size == SIZE


def test_a_ballast_of_another_size_is_released_too(tmp_path: Path) -> None:
    """An earlier version, or another setting, has left it on a disk that is full now."""
    Ballast(tmp_path / "reserve", SIZE // 2).hold()
    ballast = Ballast(tmp_path / "reserve", SIZE)

    assert (ballast.held, ballast.drop(), ballast.path.exists()) == (0, True, False)


def test_a_ballast_of_nothing_makes_no_file(tmp_path: Path) -> None:
    """``reserve = 0`` leaves no trace."""
    ballast = Ballast(tmp_path / "reserve", 0)

    assert ballast.hold()
    assert not ballast.path.exists()


@pytest.mark.parametrize(("number", "grows"), [(errno.ENOSPC, False), (errno.EDQUOT, False), (errno.EROFS, True)])
def test_only_a_want_of_room_says_that_a_file_cannot_grow(
    number: int, *, grows: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quota is one; a disk that became read-only is another fault and is reported as such."""

    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    assert can_grow(tmp_path)
    monkeypatch.setattr(os, "posix_fallocate", fails)

    assert can_grow(tmp_path) is grows
    assert not Ballast(tmp_path / "reserve", SIZE).hold()
    assert list(tmp_path.iterdir()) == []
