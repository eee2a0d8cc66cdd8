"""checkov in its own environment, ``.venv-checkov``: its pins are others than those of hookline. It needs no network."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from public_judges.plan import Json

__all__ = ["COMMAND", "Verdict", "read", "verdicts"]

COMMAND = Path(__file__).parents[2] / ".venv-checkov" / "bin" / "checkov"
_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check says of one resource of one plan."""

    check: str
    demands: str
    plan: str
    address: str
    passed: bool

    def __str__(self) -> str:
        return f"{self.plan}: {self.address}: {self.check}: {self.demands}"


def verdicts(plans: Mapping[str, Json]) -> tuple[Verdict, ...]:
    """Every verdict on ``plans``, which have names; one run for all, because the start takes most of the time.

    Raises RuntimeError where checkov itself fails, and where it does not read a plan.
    """
    with tempfile.TemporaryDirectory(prefix="hookline-checkov-") as folder:
        place = Path(folder)
        (place / "plans").mkdir()
        for name, content in plans.items():
            (place / "plans" / f"{name}.json").write_text(json.dumps(content))
        said = _run(place)
    return read(said, plans.keys())


def read(said: Any, plans: Collection[str]) -> tuple[Verdict, ...]:  # JSON
    """The verdicts in what checkov printed on the plans with these names."""
    found = tuple(_verdicts(said))
    unread = set(plans) - {one.plan for one in found}
    if unread:
        raise RuntimeError(f"checkov read nothing in {', '.join(sorted(unread))}")
    return found


def _run(place: Path) -> Any:  # JSON
    """What checkov prints, in a folder and a home where it finds no settings of anyone's."""
    done = run_process(
        [
            str(COMMAND),
            *("--directory", "plans", "--framework", "terraform_plan"),
            *("--skip-download", "--compact", "--output", "json"),
        ],
        cwd=place,
        env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(place), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"checkov failed: {done.stdout}{done.stderr}") from None


def _verdicts(said: Any) -> Iterator[Verdict]:  # JSON
    for result, passed in (("passed_checks", True), ("failed_checks", False)):
        for one in said["results"][result]:
            yield Verdict(
                check=one["check_id"],
                demands=one["check_name"],
                plan=Path(one["file_path"]).stem,
                address=one["resource"],
                passed=passed,
            )
