"""System tools that some tests need, and that a developer's machine may not have."""

from __future__ import annotations

import os
import shutil

import pytest

__all__ = ["tool"]


def tool(name: str) -> str:
    """The path of the system tool ``name``. Without it the test is skipped, or fails where every tool has to be there (CI)."""
    path = shutil.which(name)
    if path is not None:
        return path
    reason = f"{name} is not installed on this machine"
    if os.environ.get("HOOKLINE_TESTS_NEED_TOOLS"):
        pytest.fail(reason)
    pytest.skip(reason)
