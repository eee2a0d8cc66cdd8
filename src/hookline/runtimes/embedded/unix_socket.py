"""Opens a listening Unix socket: the mode of its file decides who may connect."""

from __future__ import annotations

import errno
import os
import socket
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from hookline.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["listen_on_path"]

_BACKLOG = 2048


@contextmanager
def listen_on_path(path: Path, mode: int) -> Iterator[socket.socket]:
    """A block with a listening socket at ``path``, which has ``mode`` from its creation and is removed at the end.

    A socket that a killed process left is replaced; a socket on which a process listens, or another file, is not.
    """
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _only(mode):
            listener.bind(str(path))
        path.chmod(mode)
        made = path.stat().st_ino
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _unusable(path, error.strerror or str(error)) from error
    try:
        yield listener
    finally:
        listener.close()
        with suppress(OSError):
            if path.stat().st_ino == made:  # another server may have replaced the socket
                path.unlink()


def _remove_stale(path: Path) -> None:
    """Remove a socket that no process listens on any more. Raises ConfigError for any other existing file."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    if not stat.S_ISSOCK(found):
        raise _unusable(path, "a file with this name exists, and it is not a socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except OSError as error:
            if error.errno != errno.ECONNREFUSED:
                raise _unusable(path, error.strerror or str(error)) from error
            path.unlink(missing_ok=True)
            return
    raise _unusable(path, "another process listens on it")


@contextmanager
def _only(mode: int) -> Iterator[None]:
    """A block in which files are created with at most ``mode``, so that other users can connect at no time."""
    before = os.umask(0o777 & ~mode)
    try:
        yield
    finally:
        os.umask(before)


def _unusable(path: Path, why: str) -> ConfigError:
    return ConfigError([Complaint(where=str(path), why=f"cannot be listened on: {why}")])
