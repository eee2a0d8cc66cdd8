"""Every command that changes what hookline keeps is in the audit log, with who, why and how many."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.sqlite import SqliteQuarantine
from hookline.config import load
from hookline.domain.quarantine import QuarantineBounds, RejectedRequest
from hookline.runtimes.embedded.settings import read_secrets
from hookline.runtimes.operator import local_operator
from hookline.testing import signed_request
from unit.cli.projects import commands, event

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from unit.cli.projects import Store

WHY = "the ledger lost them"
LEARNING = '\n[sources.tasks]\nverify = { scheme = "asana", secrets = ["FIRST_TASKS"] }\n'

CHANGES = {
    "hookline replay": (("transactions:one",), "replay", "transactions:one", 1),
    "hookline rejected retry": (("1", "2"), "retry", "rejected 1 2", 1),
    "hookline queues redrive": (("payments", "--yes"), "redrive", "payments-dlq", 1),
    "hookline queues purge": (("payments", "--yes"), "purge", "payments", 1),
    "hookline queues move": (("payments", "refunds", "--yes"), "move", "payments", 1),
    "hookline queues pause": (("payments",), "pause", "queue payments", 0),
    "hookline queues resume": (("refunds",), "resume", "queue refunds", 0),
    "hookline sources pause": (("transactions",), "pause", "source transactions", 0),
    "hookline sources resume": (("tasks",), "resume", "source tasks", 0),
    "hookline sources arm": (("tasks",), "arm", "source tasks", 0),
    "hookline events erase": (("--where", '{"id": ["transactions:one"]}', "--yes"), "erase", "events", 2),
    "hookline restore": (("copy.db", "--replace"), "restore", "the database", 2),
}
"""By command: the arguments in addition to the reason, and what the log says then."""

OTHERS = frozenset(
    {
        # have tests of their own, in test_cli_storage.py and test_cli_reconcile.py
        "storage confirm-clock", "storage reseal", "reconcile",
        # only look, print, or serve
        "alerts test", "audit", "backup", "check", "completion", "dashboard", "demo", "doctor", "events list", "events show",
        "plan", "providers", "queues list", "queues peek", "rejected list", "rejected show", "secrets list", "secrets status",
        "send", "serve", "sources list", "sources token", "sources try", "storage keys", "tail", "users list", "access list", "verify",
        # change messages as a consumer does, which is counted by queues
        "forward", "queues receive",
        # change files that are not hookline's data, or what CloudTrail has
        "access new", "init", "package", "secrets fresh", "secrets set", "users add", "users password", "users remove",
        # hold other commands
        "access", "alerts", "events", "queues", "rejected", "secrets", "sources", "storage", "users",
    }
)  # fmt: skip


@pytest.fixture
def kept(store: Store, run: Callable[..., Result]) -> Store:
    """Two events 400 days old, one of them dead, two rejected requests of which one is genuine, a copy, and two pauses."""
    toml = store.project / "hookline.toml"
    toml.write_text(toml.read_text() + LEARNING)
    old = datetime.now(UTC) - timedelta(days=400)
    store.accept(event("one", received_at=old))
    for _ in range(4):  # payments allows three receives
        run("queues", "receive", "payments", "--visibility", "0s")
    store.accept(event("two", received_at=old))
    _reject(store)
    assert run("backup", "copy.db").exit_code == 0
    for words in (("queues", "pause", "refunds"), ("sources", "pause", "tasks")):
        assert run(*words).exit_code == 0
    return store


def _reject(store: Store) -> None:
    config = load(store.project / "hookline.toml")
    source = config.sources[0]
    right = read_secrets(config, store.project / ".env")[source.secret_names[0]]
    body = (
        b'{"event_id": "three", "transaction_type": "payment", "timestamp": "2026-01-02T03:04:05Z", "amount": "1.00"}'
    )
    body = body[:-1] + b', "currency": "EUR", "merchant_id": "m_1"}'
    with store.open() as database:
        SqliteQuarantine(database, QuarantineBounds()).keep(
            [
                RejectedRequest(
                    source=source.name,
                    code="signature_mismatch",
                    request=signed_request(source, config.schemes[source.name], secret, body, at=datetime.now(UTC)),
                )
                for secret in (right, b"whsec_c3RyYW5nZXJzIHNpZ24gd2l0aCB0aGlzIHNlY3JldA==")
            ]
        )


def test_every_command_is_known_to_change_something_or_not() -> None:
    """A new command that changes something must not be forgotten here, and so in the log."""
    assert set(commands()) == set(CHANGES) | {f"hookline {name}" for name in OTHERS}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("command", CHANGES)
def test_a_change_is_in_the_audit_log(command: str, run: Callable[..., Result]) -> None:
    """After an incident the first question is who did what, and why."""
    words, action, subject, affected = CHANGES[command]

    done = run(*command.split()[1:], *words, "--reason", WHY)

    assert done.exception is None or done.exit_code == 1, done.output
    entry = json.loads(run("audit", "--limit", "1", "--json").stdout)[0]
    assert (entry["action"], entry["subject"], entry["affected"]) == (action, subject, affected), done.output
    assert (entry["reason"], entry["actor"]) == (WHY, local_operator())


def state(run: Callable[..., Result]) -> object:
    """The state that a plan must not change."""
    audit, queues, rejected = (
        json.loads(run(*words, "--json").stdout) for words in (("audit",), ("queues", "list"), ("rejected", "list"))
    )
    return audit, [(one["visible"], one["dead_letters"]) for one in queues], rejected


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "words", [("replay", "transactions:one", "transactions:none"), ("rejected", "retry")], ids=" ".join
)
def test_a_dry_run_says_what_would_become_of_each_and_leaves_no_trace(
    words: tuple[str, ...], run: Callable[..., Result]
) -> None:
    """An operator can make a plan at three in the morning without changing anything."""
    before = state(run)

    planned = json.loads(run(*words, "--dry-run", "--json").stdout)

    assert [one.get("replayed", one.get("accepted")) for one in planned] == [True, False]
    assert planned[0]["queues"] == ["payments"]
    assert state(run) == before


@pytest.mark.usefixtures("kept")
def test_messages_are_not_moved_without_a_reason(run: Callable[..., Result]) -> None:
    """As for redrive and purge: a command that removes messages from their queue needs a reason."""
    refused = run("queues", "move", "payments", "refunds", "--yes")

    assert refused.exit_code == 2
    assert "--reason" in refused.stderr
