"""``storage``: the clock, and the keys that bodies are sealed with."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.local import SystemClock
from hookline.adapters.sqlite import Database, Sealing, StorageKey
from unit.cli.projects import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from unit.cli.projects import Store


@pytest.fixture
def stale(store: Store) -> Store:
    """The newest thing in the store is 400 days old, as it looks when the clock is ahead by so much."""
    store.keep(event("old", received_at=datetime.now(UTC) - timedelta(days=400)))
    return store


@pytest.mark.usefixtures("stale")
def test_the_times_are_shown_first_and_confirmed_on_request(run: Callable[..., Result]) -> None:
    """Confirming removes things: nobody does it without having seen the date."""
    shown = run("storage", "confirm-clock", "--json")
    confirmed = run("storage", "confirm-clock", "--yes", "--reason", "the machine was off")
    after = run("storage", "confirm-clock", "--json")

    first, last = json.loads(shown.stdout), json.loads(after.stdout)
    assert (first["in_doubt"], first["confirmed"]) == (True, False)
    assert first["newest_stored"] < first["now"]
    assert "confirmed: a running server uses it within a minute" in confirmed.stdout
    assert (last["in_doubt"], last["newest_stored"]) == (False, None)
    (entry,) = json.loads(run("audit", "--json").stdout)
    assert (entry["action"], entry["affected"], entry["reason"]) == ("confirm-clock", 0, "the machine was off")


@pytest.mark.usefixtures("store")
def test_a_clock_that_is_not_in_doubt_needs_no_word(run: Callable[..., Result]) -> None:
    """It is no error either: a script may run it at every start."""
    result = run("storage", "confirm-clock", "--yes")

    assert result.exit_code == 0
    assert "nothing to confirm" in result.stdout


KEY = base64.b64encode(b"k" * 32).decode()


def sealing(project: Path, *keys: str) -> None:
    """hookline.toml with a key that seals, and the server's first start with it."""
    with (project / "hookline.toml").open("a") as file:
        file.write(f"\n[storage]\nkey = {json.dumps(list(keys))}\n")


def served_with(project: Path, name: str = "STORAGE_KEY") -> None:
    """The steps of the server's start on the database."""
    keys = [StorageKey(name=name, value=b"k" * 32)]
    path = project / "data" / "hookline.db"
    Database.open(path, clock=SystemClock(), sealing=Sealing(keys)).close()


@pytest.mark.usefixtures("store")
def test_nothing_is_sealed_before_a_server_has_a_key(run: Callable[..., Result], store: Store) -> None:
    """Only the server's configuration says which key it is."""
    store.keep(event("one"))

    keys = json.loads(run("storage", "keys", "--json").stdout)
    refused = run("storage", "reseal", "--reason", "try", "--json")

    assert keys == [{"fingerprint": None, "name": None, "seals": True, "bodies": 1}]
    assert refused.exit_code != 0
    assert json.loads(refused.stderr)["error"]["code"] == "reseal_refused"


def test_a_store_is_sealed_and_opened_again(
    run: Callable[..., Result], project: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both with a reason, which the audit log keeps; keys are shown by their fingerprints only."""
    store.keep(event("one"), event("two"))
    served_with(project)
    monkeypatch.setenv("STORAGE_KEY", KEY)

    sealed = run("storage", "reseal", "--reason", "begin")
    keys = run("storage", "keys").stdout
    shown = run("events", "show", event("one").id)
    opened = json.loads(run("storage", "reseal", "--plain", "--reason", "end", "--json").stdout)

    assert "2 bodies were written again" in sealed.stdout
    assert "STORAGE_KEY   seals" in keys
    assert KEY not in keys
    assert event("one").body.decode() in shown.stdout
    assert opened == {"written": 2, "faults": [], "remains": []}
    audit = json.loads(run("audit", "--json").stdout)
    assert [(entry["action"], entry["reason"], entry["affected"]) for entry in audit] == [
        ("reseal", "end", 2),
        ("reseal", "begin", 2),
    ]


def test_doctor_knows_a_key_that_the_server_would_not_get(
    run: Callable[..., Result], project: Path, store: Store
) -> None:
    """Before the restart that would fail, not after it."""
    store.keep(event("one"))
    served_with(project, "FORMER_KEY")
    sealing(project, "STORAGE_KEY")
    with (project / ".env").open("a") as file:
        file.write(f"STORAGE_KEY={base64.b64encode(b'n' * 32).decode()}\n")

    findings = json.loads(run("doctor", "--json").stdout)["findings"]

    (found,) = [one for one in findings if one["code"] == "storage_key_missing"]
    assert "FORMER_KEY" in found["what"]


def test_copies_are_made_and_restored_without_the_key_and_say_so(
    run: Callable[..., Result], project: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine with the backups need not have the key; a person who restores has to know that the server needs it."""
    store.keep(event("one"))
    served_with(project)
    monkeypatch.setenv("STORAGE_KEY", KEY)
    run("storage", "reseal", "--reason", "begin")
    with_key = run("backup", "one.db").stdout
    monkeypatch.delenv("STORAGE_KEY")

    without = run("backup", "two.db").stdout
    restored = run("restore", "two.db", "--data-dir", "other", "--reason", "a trial").stdout
    document = json.loads(run("restore", "two.db", "--data-dir", "third", "--reason", "a trial", "--json").stdout)

    assert "sound, 1 body compared with their SHA-256\n" in with_key
    assert "sound, 0 bodies compared with their SHA-256, 1 sealed with a key that is not here\n" in without
    assert "1 body not checked: sealed with a key that is not configured here, and that the server needs\n" in restored
    assert (document["events"], document["bodies_not_opened"]) == (1, 1)
