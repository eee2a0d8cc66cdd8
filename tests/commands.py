"""Commands of hookline in the test's own process: to start an interpreter takes longer than nearly all of them do.

What only a process shows (signals, pipes, exit codes, kills) is tested with processes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from hookline.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["printed_by"]


def printed_by(*words: str, environment: Mapping[str, str] | None = None) -> str:
    """What ``hookline`` prints on its standard output for these words, with these variables added to the test's own. It must succeed."""
    done = CliRunner().invoke(main, words, env=environment)
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    return done.stdout
