"""The environment in which the public judges are installed, and what they print there. They need no network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["need_judges", "printed"]

_JUDGES = Path(__file__).parents[2] / ".venv-judges" / "bin"
_SECONDS = 1200


def need_judges() -> None:
    """Without the judges the test is skipped, or fails where every tool has to be there (CI)."""
    if _JUDGES.exists():
        return
    reason = "checkov and cfn-lint are not installed: `make lint` installs them into .venv-judges"
    if os.environ.get("HOOKLINE_TESTS_NEED_TOOLS"):
        pytest.fail(reason)
    pytest.skip(reason)


def printed(tool: str, arguments: Sequence[str], folder: Path) -> Any:  # JSON
    """The JSON that ``tool`` prints in ``folder``, with no settings of anyone's and no credentials.

    Raises RuntimeError where it prints something else.
    """
    done = run_process(
        [str(_JUDGES / tool), *arguments],
        cwd=folder,
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"{tool} failed: {done.stdout}{done.stderr}") from None
