"""``audit``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hookline.ports.audit import AuditEntry
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from unit.cli.projects import Store


def purge(number: int, **known: object) -> AuditEntry:
    """One of several actions, a minute after the one before."""
    at = datetime(2026, 3, 1, 12, number, tzinfo=UTC)
    return AuditEntry(id=f"a{number}", at=at, action="purge", subject="payments-dlq", actor="ann@desk", **known)  # type: ignore[arg-type]  # as given


def test_actions_are_listed_with_who_and_why(store: Store, run: Callable[..., Result]) -> None:
    """After an incident the first question is who did what; a number that is missing says that the action did not end."""
    with open_home(store.project / "data") as home:
        home.audit.write(purge(1, reason="bad \x1b[31mday", affected=7))
        home.audit.write(purge(2, details={"replay": "r1"}))

    table = run("audit").stdout
    document = json.loads(run("audit", "--json").stdout)
    older = json.loads(run("audit", "--before", "a2", "--json").stdout)

    assert "ann@desk" in table
    assert "\x1b" not in table
    assert [one["id"] for one in document] == ["a2", "a1"]
    assert document[0] == {
        "id": "a2",
        "at": "2026-03-01T12:02:00Z",
        "action": "purge",
        "subject": "payments-dlq",
        "actor": "ann@desk",
        "reason": None,
        "affected": None,
        "details": {"replay": "r1"},
    }
    assert [one["affected"] for one in older] == [7]
