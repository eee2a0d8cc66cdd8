"""A project in a folder, without a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.runtimes.direct.init import write_project

TEMPLATE = Path(__file__).parents[3] / "examples" / "transactions"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a project that was just written."""
    write_project(tmp_path / "project", TEMPLATE)
    return tmp_path / "project"
