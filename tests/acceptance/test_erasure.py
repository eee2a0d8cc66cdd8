"""A person's data is erased in both homes with the same words, and while a server takes more events."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest

from acceptance.homes import OPENERS
from acceptance.sender import Sender, sign, transaction
from acceptance.server import Server, until
from commands import printed_by
from hookline.domain.message import named_event
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from acceptance.homes.home import Home

NAME = "Zaphodbeeblebrox"
PATTERN = json.dumps({"data": {"customer": {"name": [NAME]}}})
KEYS = """
[[access]]
id = "operator"
secret = "OPERATOR_SECRET"
rights = ["operate"]
queues = ["*"]

[[access]]
id = "viewer"
secret = "VIEWER_SECRET"
rights = ["view"]
queues = ["*"]
"""
SECRETS = {name: f"{name.lower()}-is-long-enough" for name in ("OPERATOR_SECRET", "VIEWER_SECRET")}
LARGE = 300_000
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module", params=list(OPENERS))
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home under test: one for the whole file, so that scenarios use ids and names of their own."""
    with OPENERS[request.param](tmp_path_factory.mktemp("erasure"), "", {}) as opened:
        yield opened


def of(delivery: str, name: str, *, kind: str = "payment", **more: object) -> tuple[bytes, dict[str, str]]:
    """A signed event about a person."""
    body = transaction(delivery, kind=kind, customer={"name": name}, **more)
    return body, sign(body, delivery=delivery)


def pattern(name: str) -> str:
    """What is erased of a person."""
    return json.dumps({"data": {"customer": {"name": [name]}}})


def shown(home: Home, delivery: str) -> dict[str, Any]:
    """The event as ``hookline events show`` has it."""
    document: dict[str, Any] = json.loads(home.operate("events", "show", f"transactions:{delivery}", "--json"))
    return document


def erase(home: Home, name: str, *more: str) -> dict[str, Any]:
    """The plan and the result."""
    words = ("events", "erase", "--where", pattern(name), "--json", *more)
    document: dict[str, Any] = json.loads(home.operate(*words))
    return document


def arrived(home: Home, delivery: str) -> None:
    """Wait for its message, and consume it."""

    def is_there() -> bool:
        for taken in home.receive("payments"):
            home.delete("payments", taken)
            if named_event(taken.body) == f"transactions:{delivery}":
                return True
        return False

    until(is_there, seconds=30)
    until(lambda: home.status(f"transactions:{delivery}")[0] == "routed", seconds=30)


@pytest.mark.parametrize("size", [10, LARGE], ids=["small", "large"])
def test_an_erased_event_is_known_and_its_content_is_gone(home: Home, size: int) -> None:
    """Looked at first; then erased, and nothing that a sender, an operator or a consumer does brings it back."""
    hers, name = f"hers_{size}", f"Ann{size}"
    for delivery, who in ((hers, name), (f"other_{size}", "Bob")):
        body, headers = of(delivery, who, note="n" * size)
        assert home.post(body, headers=headers).status == 202
        arrived(home, delivery)
    body, headers = of(hers, name, note="n" * size)

    planned = erase(home, name, "--dry-run")
    untouched = shown(home, hers)
    done = erase(home, name, "--reason", "request 17", "--yes")
    left = shown(home, hers)
    second, signed = of(hers, name, note="another")
    again, other = home.post(body, headers=headers), home.post(second, headers=signed)
    after = shown(home, hers)

    assert (planned["plan"]["events"], planned["erased"]) == (1, None)
    assert planned["plan"]["ids"] == [f"transactions:{hers}"]
    assert planned["plan"]["unreachable"]
    assert untouched["body"].encode() == body
    assert (done["erased"]["events"], done["erased"]["left_out"], done["erased"]["remains"]) == (1, [], [])
    assert "body" not in left
    assert left["metadata"]["erased"] == done["erased"]["id"]
    assert left["sha256"] == untouched["sha256"]
    assert (again.status, other.status, other.code) == (200, 409, "delivery_conflict")
    assert "body" not in after
    assert [one for one in after["set_aside"] if "body" in one] == []
    assert name not in json.dumps(after)
    assert shown(home, f"other_{size}")["size"] == len(of(f"other_{size}", "Bob", note="n" * size)[0])


def test_second_bodies_and_rejected_requests_go_too(home: Home) -> None:
    """A conflict stores a second body, and a request that nobody could verify is kept for a person to look at."""
    body, headers = of("conflict", "Carol")
    assert home.post(body, headers=headers).status == 202
    arrived(home, "conflict")
    second, signed = of("conflict", "Carol", note="another")
    assert home.post(second, headers=signed).status == 409
    forged = of("forged", "Carol")[0]
    assert home.post(forged, headers=sign(forged, key=b"wrong")).status == 401
    until(lambda: erase(home, "Carol", "--dry-run")["plan"]["rejected"] == 1, seconds=30)

    done = erase(home, "Carol", "--reason", "request 18", "--yes")

    kept = json.loads(home.operate("rejected", "list", "--limit", "100", "--json"))
    assert (done["erased"]["events"], done["erased"]["second_bodies"], done["erased"]["rejected"]) == (1, 1, 1)
    assert "Carol" not in json.dumps(shown(home, "conflict"))
    assert [one for one in kept if one["code"] == "signature_mismatch"] == []


def test_the_audit_log_has_the_erasure_and_not_the_person(home: Home) -> None:
    """It names the person who erased, the time, the reason and the number of events."""
    body, headers = of("audited", "Dora")
    assert home.post(body, headers=headers).status == 202
    arrived(home, "audited")

    erase(home, "Dora", "--reason", "request 19", "--yes")

    entry = json.loads(home.operate("audit", "--limit", "1", "--json"))[0]
    assert (entry["action"], entry["reason"], entry["details"]["events"]) == ("erase", "request 19", "1")
    assert entry["affected"] >= 1
    assert "Dora" not in json.dumps(entry)


def bytes_left(folder: Path) -> list[str]:
    """The files of the data directory that have a byte of it."""
    return [one.name for one in sorted(folder.iterdir()) if one.is_file() and NAME.encode() in one.read_bytes()]


def test_a_server_takes_events_while_a_command_erases_others(tmp_path: Path) -> None:
    """No sender is refused; no file of the data directory has a byte of it afterwards."""
    answers: dict[int, int] = {}
    stopped = threading.Event()
    with Server(tmp_path) as server:

        def send() -> None:
            number = 0
            with server.sender() as sender:
                while not stopped.is_set():
                    body, headers = of(f"live_{number}", "Bob")
                    status = sender.post(body, headers=headers).status
                    answers[status] = answers.get(status, 0) + 1
                    number += 1

        with server.sender() as sender:
            for number in range(200):
                body, headers = of(f"e_{number}", NAME if number % 2 else "Bob", note="n" * 100)
                assert sender.post(body, headers=headers).status == 202
        before = bytes_left(server.data_dir)
        thread = threading.Thread(target=send)
        thread.start()
        words = ("--where", PATTERN, "--reason", "request 20", "--yes", "--json", "--data-dir", str(server.data_dir))
        done = json.loads(printed_by("events", "erase", *words))
        left = bytes_left(server.data_dir)
        stopped.set()
        thread.join(30)
        listing = ("--id", "live_", "--limit", "10000", "--json", "--data-dir", str(server.data_dir))
        live = json.loads(printed_by("events", "list", *listing))

    assert before
    assert (done["erased"]["events"], done["erased"]["messages"], done["erased"]["remains"]) == (100, 100, [])
    assert left == []
    assert list(answers) == [202]
    assert len(live) == answers[202]
    assert bytes_left(server.data_dir) == []


LOOKS = (
    "/events/transactions:e_1",
    "/api/events/transactions:e_1",
    "/api/events/transactions:e_1/story",
    "/events",
    "/api/events?limit=50",
    "/api/events.jsonl",
    "/api/events.csv",
    "/replay/transactions:e_1",
    "/audit",
)


def test_everything_that_shows_events_shows_a_tombstone(tmp_path: Path) -> None:
    """Pages, lists, exports, commands and copies meet an event without a body."""
    with Server(tmp_path) as server:
        with server.sender() as sender:
            for number in range(3):
                body, headers = of(f"e_{number}", NAME if number else "Bob")
                assert sender.post(body, headers=headers).status == 202
            second, signed = of("e_1", NAME, note="another")
            assert sender.post(second, headers=signed).status == 409
        where = ("--data-dir", str(server.data_dir))
        printed_by("events", "erase", "--where", PATTERN, "--reason", "request 22", "--yes", *where)
        copied = printed_by("backup", str(tmp_path / "copy.db"), *where)
        with Sender(server.admin_port) as looker:
            seen = {path: looker.request("GET", path) for path in LOOKS}
            refused = looker.request("POST", "/api/events/transactions:e_1/replay", b'{"reason": "x"}', JSON)
            large = looker.request("GET", "/bodies/transactions%3Ae_1")
            planned = looker.request("POST", "/api/replay/plan", b'{"since": "1h"}', JSON).json()
        shown = run_process(
            [sys.executable, "-m", "hookline", "events", "show", "transactions:e_1", "--url", server.admin],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    assert {path: answer.status for path, answer in seen.items()} == dict.fromkeys(LOOKS, 200)
    assert [path for path, answer in seen.items() if NAME.encode() in answer.body] == []
    assert b"The content of this event was erased" in seen["/events/transactions:e_1"].body
    assert "body" not in seen["/api/events/transactions:e_1"].json()
    assert (refused.status, refused.code) == (409, "not_possible_now")
    assert (large.status, large.code) == (410, "event_erased")
    assert planned["total"] == 1
    assert "e_1" in shown.stdout
    assert shown.returncode == 0
    assert "3 events" in copied


def test_only_who_may_operate_erases_over_the_network(tmp_path: Path) -> None:
    """The plan is refused to others too: it would say whether a person is known here."""
    with Server(tmp_path, more=KEYS, environment=SECRETS) as server:
        with server.sender() as sender:
            for number in range(3):
                body, headers = of(f"e_{number}", NAME if number else "Bob")
                assert sender.post(body, headers=headers).status == 202
        refused = over_the_network(server, tmp_path, "viewer", "--dry-run")
        planned = over_the_network(server, tmp_path, "operator", "--dry-run")
        unasked = over_the_network(server, tmp_path, "operator", "--reason", "request 21")
        everything = over_the_network(server, tmp_path, "operator", "--dry-run", where='{"type": ["payment"]}')
        slip = over_the_network(server, tmp_path, "operator", "--reason", "x", "--yes", where='{"type": ["payment"]}')
        done = over_the_network(server, tmp_path, "operator", "--reason", "request 21", "--yes")
        left = bytes_left(server.data_dir)

    assert (refused.returncode, "access_denied" in refused.stdout + refused.stderr) == (1, True), refused
    assert json.loads(planned.stdout)["plan"]["events"] == 2
    assert (unasked.returncode, "--yes" in unasked.stdout + unasked.stderr) == (2, True)
    assert (json.loads(everything.stdout)["plan"]["events"], everything.returncode) == (3, 0)
    assert (slip.returncode, "matches all 3 events" in slip.stdout + slip.stderr) == (1, True)
    assert json.loads(done.stdout)["erased"]["events"] == 2
    assert left == []


def over_the_network(server: Server, folder: Path, key: str, *words: str, where: str = PATTERN) -> Any:
    """The command with this key."""
    command = [sys.executable, "-m", "hookline", "events", "erase", "--where", where, "--json", *words]
    environment = {**os.environ, "HOOKLINE_ACCESS_SECRET": SECRETS[f"{key.upper()}_SECRET"]}
    command += ["--url", server.admin, "--access-key", key]
    return run_process(command, cwd=folder, env=environment, capture_output=True, text=True)
