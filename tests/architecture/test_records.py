"""Records of the code that runs on Lambda are made by ``@record``: a cold start waits for each of them."""

from __future__ import annotations

from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "hookline"
FOLDERS = ("domain", "config", "providers", "patterns", "pipeline", "ports", "adapters/aws", "runtimes/aws_lambda")
AS_A_DATACLASS = "@dataclass(frozen=True, slots=True, kw_only=True)\n"


def test_no_record_on_lambda_is_made_by_dataclass() -> None:
    """It takes three times as long, and sixty of them took a seventh of a cold start."""
    modules = [path for folder in FOLDERS for path in sorted((SOURCES / folder).rglob("*.py"))]

    assert modules
    assert [str(path) for path in modules if AS_A_DATACLASS in path.read_text("utf-8")] == []
