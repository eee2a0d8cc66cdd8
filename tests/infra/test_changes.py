"""What a change of a running stack does: Pulumi creates what is new before it deletes what is gone, so for a moment both exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.graph import stack
from infra.projects import project

if TYPE_CHECKING:
    from pathlib import Path

    from infra.graph import Registered

SOURCES = "[queues.payments]"
BEFORE = """
[sources.bank]
path = "/webhook/bank"
verify = { scheme = "none" }
id = "content-hash"
schema = "other.schema.json"

[sources.shop]
path = "/webhook/shop"
verify = { scheme = "none" }
id = "content-hash"
schema = "other.schema.json"
rate_limit = 5

[queues.payments]"""
CHANGES = {
    "another path": ("/webhook/bank", "/webhook/bank/v2"),
    "another name": ("[sources.bank]", "[sources.house-bank]"),
    "two sources have changed places": ("/webhook/bank", "/webhook/other", "/webhook/shop", "/webhook/bank"),
    "a source is gone": (BEFORE[: BEFORE.index("[sources.shop]")], ""),
    "a queue has another name": ("[queues.payments]", "[queues.all-payments]\n[queues.payments]"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_nothing_new_bears_a_name_that_is_still_taken(tmp_path: Path, change: tuple[str, ...]) -> None:
    """AWS refuses the second model or statement of one name, and the deployment would stop, or never end."""
    text = BEFORE
    for old, new in zip(change[::2], change[1::2], strict=True):
        text = text.replace(old, new)
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()

    before = stack(project=project(tmp_path / "before", SOURCES, BEFORE))
    after = stack(project=project(tmp_path / "after", SOURCES, text))

    bearers = {identity(made): made.urn for made in before.resources}
    fought_over = [made.address for made in after.resources if bearers.get(identity(made), made.urn) != made.urn]
    assert fought_over == []


def test_a_statement_of_the_validators_policy_goes_before_another_takes_its_name() -> None:
    """An API that has to be created again has another ARN: its permission is replaced, and its name is still taken."""
    assert all(made.delete_before_replace for made in stack().of("lambda.Permission"))


def identity(made: Registered) -> object:
    """What AWS distinguishes a resource from others of its kind by; for one that AWS numbers itself, its URN."""
    name = next(
        (made.inputs[key] for key in ("name", "bucket", "statementId", "methodPath") if key in made.inputs), None
    )
    return made.urn if name is None else (made.kind, name, made.inputs.get("role"))
