"""checkov, which knows what is secure and what is not in each resource, and in links among them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from public_judges.environment import printed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from public_judges.plan import Json

__all__ = ["Verdict", "read", "verdicts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict of one check on one resource of one plan."""

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
        options = ["--framework", "terraform_plan", "--skip-download", "--compact", "--output", "json"]
        said = printed("checkov", ["--directory", "plans", *options], place)
    return read(said, plans.keys())


def read(said: Any, plans: Collection[str]) -> tuple[Verdict, ...]:  # JSON
    """The verdicts in what checkov printed on the plans with these names."""
    found = tuple(_verdicts(said))
    unread = set(plans) - {one.plan for one in found}
    if unread:
        raise RuntimeError(f"checkov read nothing in {', '.join(sorted(unread))}")
    return found


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
