"""One quick look of the real provider at the default stack; tests/e2e/test_terraform.py plans, applies and destroys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.graph import graph
from terraform.binary import Workspace, installed
from terraform.stacks import empty_archives
from terraform.translate import terraform_json

if TYPE_CHECKING:
    from pathlib import Path


def test_the_provider_finds_nothing_wrong_with_the_default_stack(tmp_path: Path) -> None:
    """It checks names, values and exclusive settings, by rules that hookline did not write."""
    place = Workspace(installed(), tmp_path)
    place.write(terraform_json(graph(), archives=empty_archives(tmp_path)))
    place.initialise()

    assert place.validated() == ()
