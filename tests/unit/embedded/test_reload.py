"""Putting a new configuration in force, step by step."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.config import parse
from hookline.errors import UnavailableError
from hookline.runtimes.embedded.active_config import ActiveConfig
from hookline.runtimes.embedded.config_changes import changed_secrets, changes
from hookline.runtimes.embedded.reload import Reloader, Steps
from unit.embedded.fakes import LogBook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.config import Config
    from hookline.domain.queue import Queue

SOURCE = '[sources.s]\nverify = { scheme = "none" }\nid = "id"\n'
NOT_RELOADED = "the configuration was not reloaded: the previous one stays in use"


class Holder:
    """A loaded configuration; nothing here looks at the rest of it."""

    def __init__(self, config: Config, secrets: Mapping[str, bytes] | None = None) -> None:
        self.config = config
        self.secrets = LoadedSecrets(secrets or {})


class Idle:
    """A committer without running work."""

    async def passed(self) -> None:
        """Wait for nothing."""


def reloaded(*, fails_at: int) -> tuple[ActiveConfig, Holder, LogBook]:
    """What is in force, the new configuration, and the log, after a reload whose declaration of this number fails."""
    old, new = (parse(f"{SOURCE}[queues.{name}]\n", base=Path()) for name in ("before", "after"))
    current, fresh, log = ActiveConfig(cast("Any", Holder(old))), Holder(new), LogBook()
    declared = 0

    def declare(_queues: Sequence[Queue]) -> None:
        nonlocal declared
        declared += 1
        if declared == fails_at:
            raise UnavailableError("storage_unavailable", "the disk is at fault")

    steps = Steps(
        read=lambda: (new, {}),
        report=lambda _config: None,
        prepare=lambda _config, _secrets: cast("Any", fresh),
        declare=declare,
        take=lambda _loaded: None,
        fixed_secrets=lambda _config: [],
    )
    asyncio.run(Reloader(current, steps, committer=cast("Any", Idle()), log=log).reload())
    return current, fresh, log


def test_a_disk_that_fails_before_the_change_changes_nothing() -> None:
    """No route may name a queue that the store does not know."""
    current, fresh, log = reloaded(fails_at=1)

    assert current.loaded.config is not fresh.config
    assert log.texts() == [NOT_RELOADED]


def test_a_disk_that_fails_after_the_change_is_not_reported_as_no_change() -> None:
    """The operator would believe that the old secrets are still in force."""
    current, fresh, log = reloaded(fails_at=2)

    assert current.loaded.config is fresh.config
    assert NOT_RELOADED not in log.texts()
    assert log.texts("info") == ["reloaded"]
    assert "the removed queues" in log.texts("warning")[0]


BEFORE = """
[sources.gone]
path = "/gone"
verify = { scheme = "none" }
id = "id"
[sources.kept]
path = "/kept"
verify = { scheme = "none" }
id = "id"
schema = "kept.json"
[sources.shop]
path = "/shop"
verify = { scheme = "github", secrets = ["OLD"] }
[queues.orders]
[queues.rest]
[[routes]]
match = { type = ["order"] }
queues = ["orders", "rest"]
[events]
retention = "30d"
"""
EDITS: dict[str, tuple[str, str, dict[str, list[str]]]] = {
    "nothing": ("", "", {}),
    "a source's id": ('path = "/gone"\nverify = { scheme = "none" }\nid = "id"', 'path = "/gone"\nverify = { scheme = "none" }\nid = "no"',
                      {"sources_changed": ["gone"]}),
    "a secret's name": ('["OLD"]', '["NEW"]', {"sources_changed": ["shop"]}),
    "a rate": ('secrets = ["OLD"] }', 'secrets = ["OLD"] }\nrate_limit = 5', {"sources_changed": ["shop"]}),
    "another name": ("[sources.gone]", "[sources.came]", {"sources_added": ["came"], "sources_removed": ["gone"]}),
    "a queue's setting": ("[queues.rest]", "[queues.rest]\nmax_receives = 9", {"queues_changed": ["rest"]}),
    "a queue": ("[queues.rest]", "[queues.rest]\n[queues.more]", {"queues_added": ["more"]}),
    "a route's pattern": ('["order"]', '["refund"]', {"routes_added": ["orders, rest"], "routes_removed": ["orders, rest"]}),
    "a route's queues": ('["orders", "rest"]', '["rest"]', {"routes_added": ["rest"], "routes_removed": ["orders, rest"]}),
    "the order of a route's keys": ('match = { type = ["order"] }\nqueues = ["orders", "rest"]',
                                    'queues = ["orders", "rest"]\nmatch = { type = ["order"] }', {}),
    "a setting": ('retention = "30d"', 'retention = "40d"', {"settings_changed": ["[events] retention"]}),
    "the quarantine": ("[events]", '[quarantine]\nretention = "2d"\n[events]', {"settings_changed": ["[quarantine] retention"]}),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_a_reload_names_what_changed(tmp_path: Path, edit: str) -> None:
    """An operator who fixed a route or a schema wants to see that it is in force, and that nothing else came with it."""
    before, after, wanted = EDITS[edit]
    (tmp_path / "kept.json").write_text("{}")
    assert before in BEFORE

    old = parse(BEFORE, base=tmp_path)
    new = parse(BEFORE.replace(before, after, 1) if before else BEFORE, base=tmp_path)

    assert changes(old, new) == wanted


def test_a_changed_schema_is_named_by_its_file(tmp_path: Path) -> None:
    """hookline.toml did not change, although the source now refuses other bodies."""
    (tmp_path / "kept.json").write_text("{}")
    old = parse(BEFORE, base=tmp_path)
    (tmp_path / "kept.json").write_text('{"required": ["id"]}')
    new = parse(BEFORE, base=tmp_path)

    assert changes(old, new) == {"schemas_changed": ["kept.json"]}


def test_a_rotated_secret_is_named_and_its_value_is_not() -> None:
    """Most reloads are for a new secret, and only this line shows the change."""
    old, new = (
        LoadedSecrets({"A": b"old-secret", "B": b"same"}),
        LoadedSecrets({"A": b"new-secret", "B": b"same", "C": b"came"}),
    )

    assert changed_secrets(("A", "B", "C", "D"), old, new) == ["A", "C"]
