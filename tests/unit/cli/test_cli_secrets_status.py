"""``secrets status``, on a data directory."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Store

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def rotating(project: Path) -> None:
    """Name a new secret before the old one."""
    config = project / "hookline.toml"
    config.write_text(config.read_text().replace('"TRANSACTIONS_SECRET"', '"NEXT_SECRET", "TRANSACTIONS_SECRET"'))


def test_each_secret_is_listed_with_its_last_use(store: Store, project: Path, run: Callable[..., Result]) -> None:
    """The whole of a rotation: the new one is in use, the old one was last used yesterday, and one is long gone from the file."""
    rotating(project)
    store.keep(
        event("a", received_at=NOW - timedelta(days=1)),
        event("b", received_at=NOW, metadata={"secret": "NEXT_SECRET"}),
        event("c", received_at=NOW - timedelta(days=9), metadata={"secret": "FIRST_SECRET"}),
    )

    result = run("secrets", "status", "--json")

    assert result.exit_code == 0, result.stderr
    reported = [(one["secret"], one["named"], one["last_used_at"], one["events"]) for one in json.loads(result.stdout)]
    assert reported == [
        ("NEXT_SECRET", True, "2026-01-02T03:04:05Z", 1),
        ("TRANSACTIONS_SECRET", True, "2026-01-01T03:04:05Z", 1),
        ("FIRST_SECRET", False, "2025-12-24T03:04:05Z", 1),
    ]


def test_people_get_a_table(store: Store, project: Path, run: Callable[..., Result]) -> None:
    """The table says when a secret has proved no event yet: it may be the new one, not yet given to the sender."""
    rotating(project)
    store.keep(event("a", received_at=NOW))

    result = run("secrets", "status")

    assert result.exit_code == 0
    assert "2026-01-02 03:04:05Z" in result.stdout
    assert "by no stored event" in result.stdout


def test_it_never_makes_a_data_directory(project: Path, run: Callable[..., Result]) -> None:
    """A wrong folder is reported, not answered with zeros."""
    assert run("secrets", "status").exit_code == 2
    assert not (project / "data").exists()
