"""cfn-lint, which knows the schemas of CloudFormation's types, and what AWS's documentation says beyond them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.graph import REGION
from public_judges.environment import printed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from public_judges.template import Json

__all__ = ["Lint", "linted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One error or warning about a place in a template."""

    rule: str
    template: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.template}: {self.place}: {self.rule}: {self.message}"


def linted(templates: Mapping[str, Json]) -> tuple[Lint, ...]:
    """Everything that cfn-lint says of ``templates``, which have names. Raises RuntimeError where it cannot read one."""
    with tempfile.TemporaryDirectory(prefix="hookline-cfn-lint-") as folder:
        place = Path(folder)
        for name, content in templates.items():
            (place / f"{name}.json").write_text(json.dumps(content))
        files = [f"{name}.json" for name in templates]
        said = printed("cfn-lint", ["--format", "json", "--regions", REGION, "--", *files], place)
    found = tuple(
        Lint(
            rule=one["Rule"]["Id"],
            template=Path(one["Filename"]).stem,
            place="/".join(map(str, one["Location"]["Path"] or ())),
            message=one["Message"],
        )
        for one in said
    )
    unread = [str(one) for one in found if one.rule.startswith("E0")]
    if unread:
        raise RuntimeError(f"cfn-lint cannot read: {', '.join(unread)}")
    return found
