"""``--url``: commands over the API of a running server, by an access key, with no file of it at hand."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any  # Any: JSON documents

import pytest

from acceptance.sender import SECRET, sign, transaction
from acceptance.server import EXAMPLE, Server
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from subprocess import CompletedProcess

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

[[access]]
id = "narrow"
secret = "NARROW_SECRET"
rights = ["operate"]
queues = ["payments"]
"""
SECRETS = {name: f"{name.lower()}-is-long-enough" for name in ("OPERATOR_SECRET", "VIEWER_SECRET", "NARROW_SECRET")}
EMAIL = "jane@example.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with keys and a mask, which has three payments and a request that it refused."""
    config = (EXAMPLE / "hookline.toml").read_text()
    config = config.replace("[sources.transactions]\n", '[sources.transactions]\nmask = ["customer.email"]\n', 1)
    with Server(tmp_path_factory.mktemp("url"), config=config, more=KEYS, environment=SECRETS) as running:
        with running.sender() as sender:
            for number in range(3):
                body = transaction(f"evt_{number}", customer={"email": EMAIL, "name": "Jane"})
                assert sender.post(body, headers=sign(body, delivery=f"msg_{number}")).status == 202
            forged = transaction("evt_forged", customer={"email": EMAIL})
            assert sender.post(forged, headers=sign(forged, key=b"wrong")).status == 401
        yield running


def hookline(server: Server, folder: Path, *words: str, key: str = "operator") -> CompletedProcess[str]:
    """The command in an empty folder, with this key."""
    command = [sys.executable, "-m", "hookline", *words, "--url", server.admin, "--access-key", key]
    environment = {**os.environ, "HOOKLINE_ACCESS_SECRET": SECRETS[f"{key.upper()}_SECRET"]}
    done: CompletedProcess[str] = run_process(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done


def document(server: Server, folder: Path, *words: str, key: str = "operator") -> Any:
    """What it prints with --json."""
    done = hookline(server, folder, *words, "--json", key=key)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_events_are_found_and_shown(server: Server, tmp_path: Path) -> None:
    """An operator's laptop has no file of the server."""
    listed = document(server, tmp_path, "events", "list", "--since", "1h", "--limit", "2")
    shown = hookline(server, tmp_path, "events", "show", "transactions:evt_1")

    assert [one["id"] for one in listed] == ["transactions:evt_2", "transactions:evt_1"]
    assert EMAIL in shown.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("events", "show", "transactions:evt_1"),
        ("queues", "peek", "payments"),
        ("rejected", "show", "1"),
    ],
    ids=" ".join,
)
def test_what_is_masked_does_not_reach_a_viewer(server: Server, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Support staff see the event, and not whose it is; an operator sees all of it."""
    seen = document(server, tmp_path, *words, key="viewer")
    whole = document(server, tmp_path, *words)

    assert EMAIL not in json.dumps(seen)
    assert "[masked]" in json.dumps(seen)
    assert EMAIL in json.dumps(whole)


def test_a_search_does_not_confirm_a_guess_of_what_is_masked(server: Server, tmp_path: Path) -> None:
    """Otherwise a viewer would try addresses until one fits."""
    guess = ("events", "list", "--since", "1h", "--text")

    assert document(server, tmp_path, *guess, EMAIL, key="viewer") == []
    assert len(document(server, tmp_path, *guess, EMAIL)) == 3
    assert len(document(server, tmp_path, *guess, "Jane", key="viewer")) == 3


def test_other_lists_come_over_the_network_too(server: Server, tmp_path: Path) -> None:
    """Each list has its own operation."""
    queues = document(server, tmp_path, "queues", "list")
    sources = document(server, tmp_path, "sources", "list")
    rejected = document(server, tmp_path, "rejected", "list")

    assert {one["name"]: one["visible"] for one in queues}["payments"] >= 3
    assert [one["name"] for one in sources] == ["transactions"]
    assert [one["code"] for one in rejected] == ["signature_mismatch"]


def test_named_queues_are_listed_over_the_network(server: Server, tmp_path: Path) -> None:
    """The same option and the same error as on the server's machine."""
    listed = document(server, tmp_path, "queues", "list", "--queue", "payments-dlq", "--queue", "refunds")
    unknown = hookline(server, tmp_path, "queues", "list", "--queue", "paymnets")

    assert [one["name"] for one in listed] == ["payments", "refunds"]
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "error [not_found]: there is no queue paymnets" in unknown.stderr


def test_a_replay_is_planned_done_and_audited_with_the_key(server: Server, tmp_path: Path) -> None:
    """The audit log says who did it, although everybody comes through one port."""
    planned = hookline(server, tmp_path, "replay", "transactions:evt_0", "--dry-run")
    done = hookline(server, tmp_path, "replay", "transactions:evt_0", "--reason", "lost by the ledger")
    entries = document(server, tmp_path, "audit")

    assert planned.returncode == done.returncode == 0, (planned.stderr, done.stderr)
    assert [(one["action"], one["actor"], one["reason"]) for one in entries][:1] == [
        ("replay", "key:operator", "lost by the ledger")
    ]


def test_a_source_is_paused_and_resumed(server: Server, tmp_path: Path) -> None:
    """Both commands wait until it is done."""
    paused = hookline(server, tmp_path, "sources", "pause", "transactions", "--hold", "--reason", "new routes")
    state = document(server, tmp_path, "sources", "list")[0]["state"]
    resumed = hookline(server, tmp_path, "sources", "resume", "transactions", "--reason", "routes are there")

    assert paused.returncode == resumed.returncode == 0, (paused.stderr, resumed.stderr)
    assert state == "holding"


def test_a_purge_without_an_answer_is_refused(server: Server, tmp_path: Path) -> None:
    """No prompt is possible here, and nothing may be purged by accident."""
    done = hookline(server, tmp_path, "queues", "purge", "payments", "--reason", "tests")

    assert done.returncode == 2
    assert "--yes" in done.stderr


@pytest.mark.parametrize(
    ("words", "key", "code"),
    [
        (("replay", "transactions:evt_0", "--reason", "x"), "viewer", "access_denied"),
        (("events", "list"), "narrow", "access_denied"),
        (("queues", "purge", "refunds", "--reason", "x", "--yes"), "narrow", "access_denied"),
        (("events", "show", "transactions:nothing"), "viewer", "not_found"),
    ],
)
def test_what_a_key_may_not_do_is_refused_with_the_server_s_code(
    server: Server, tmp_path: Path, words: tuple[str, ...], key: str, code: str
) -> None:
    """A key of one team does not reach another's events."""
    done = hookline(server, tmp_path, *words, key=key)

    assert done.returncode == 1
    assert f"[{code}]" in done.stderr


def test_a_wrong_secret_and_a_wrong_address_are_reported(server: Server, tmp_path: Path) -> None:
    """Neither error is a traceback."""
    command = [sys.executable, "-m", "hookline", "events", "list", "--access-key", "viewer"]
    environment = {**os.environ, "HOOKLINE_ACCESS_SECRET": "a secret that is wrong"}
    wrong = run_process(
        [*command, "--url", server.admin], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    nowhere = run_process(
        [*command, "--url", "http://127.0.0.1:1"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    del environment["HOOKLINE_ACCESS_SECRET"]
    missing = run_process(
        [*command, "--url", server.admin], cwd=tmp_path, env=environment, capture_output=True, text=True
    )

    assert "[credentials_mismatch]" in wrong.stderr
    assert "[api_unreachable]" in nowhere.stderr
    assert "[api_secret_missing]" in missing.stderr


def here(server: Server, *words: str) -> tuple[int, Any]:
    """Exit code and document of the same command on the server's machine, on its data directory."""
    command = [sys.executable, "-m", "hookline", *words, "--json"]
    done = run_process(
        [*command, "--data-dir", str(server.data_dir)],
        cwd=server.project,
        env={**os.environ, **SECRETS, "TRANSACTIONS_SECRET": SECRET},
        capture_output=True,
        text=True,
    )
    return done.returncode, json.loads(done.stdout)


def over_there(server: Server, folder: Path, *words: str) -> tuple[int, Any]:
    """Exit code and document of the command over the network."""
    done = hookline(server, folder, *words, "--json")
    return done.returncode, json.loads(done.stdout)


def shape_of(document: Any) -> Any:
    """What a program relies on: lists, and the names and types of members."""
    if isinstance(document, list):
        return [shape_of(one) for one in document]
    if isinstance(document, dict):
        return {name: shape_of(value) for name, value in document.items()}
    return type(document).__name__


def is_within(local: Any, remote: Any) -> bool:
    """Whether everything of the local shape is in the remote one, which may have more members."""
    if isinstance(local, list):
        pairs = zip(local, remote, strict=True) if isinstance(remote, list) else ()
        return isinstance(remote, list) and all(is_within(*pair) for pair in pairs)
    if isinstance(local, dict):
        return isinstance(remote, dict) and all(
            name in remote and is_within(value, remote[name]) for name, value in local.items()
        )
    return bool(local == remote or "NoneType" in (local, remote))


@pytest.mark.parametrize(
    "words",
    [
        ("events", "list", "--since", "1h"),
        ("events", "show", "transactions:evt_1"),
        ("queues", "list"),
        ("queues", "peek", "payments", "--limit", "1"),
        ("rejected", "list"),
        ("rejected", "show", "1"),
        ("sources", "list"),
        ("secrets", "status"),
        ("rejected", "retry", "1", "77", "--dry-run"),
        ("rejected", "retry", "--source", "transactions", "--dry-run"),
        ("replay", "transactions:evt_1", "transactions:evt_2", "transactions:nothing", "--dry-run"),
        ("replay", "--since", "1h", "--dry-run"),
        ("queues", "redrive", "payments", "--dry-run"),
        ("queues", "purge", "refunds", "--dry-run"),
        ("queues", "move", "payments", "refunds"),
    ],
    ids=" ".join,
)
def test_json_has_the_same_shape_over_the_network(server: Server, tmp_path: Path, words: tuple[str, ...]) -> None:
    """A script works on both: only the option says where."""
    local = here(server, *words)
    remote = over_there(server, tmp_path, *words)

    assert remote[0] == local[0]
    assert is_within(shape_of(local[1]), shape_of(remote[1])), (local[1], remote[1])


def test_what_was_done_to_several_comes_as_one_list(server: Server, tmp_path: Path) -> None:
    """An event that cannot be replayed is in the list too, and the others are done, as on the server's machine."""
    replayed = ("replay", "transactions:evt_1", "transactions:nothing", "transactions:evt_2", "--reason", "lost")
    retried = ("rejected", "retry", "1", "77", "--reason", "a try")

    for words in (replayed, retried):
        local, remote = here(server, *words), over_there(server, tmp_path, *words)
        assert local[0] == remote[0] == 1
        assert is_within(shape_of(local[1]), shape_of(remote[1])), (local[1], remote[1])
        assert [one.get("error", {}).get("code") for one in local[1]] == [
            one.get("error", {}).get("code") for one in remote[1]
        ]


def test_messages_are_moved_over_the_network(server: Server, tmp_path: Path) -> None:
    """A queue that has left hookline.toml is emptied from a laptop too, and the audit log names the person."""
    planned = document(server, tmp_path, "queues", "move", "payments", "refunds")
    without = hookline(server, tmp_path, "queues", "move", "payments", "refunds", "--yes")
    moved = document(server, tmp_path, "queues", "move", "payments", "refunds", "--yes", "--reason", "a wrong route")
    again = document(server, tmp_path, "queues", "move", "payments", "refunds", "--yes", "--reason", "once more")
    nowhere = hookline(server, tmp_path, "queues", "move", "refunds", "nothing", "--yes", "--reason", "x")
    narrow = hookline(server, tmp_path, "queues", "move", "refunds", "payments", "--yes", "--reason", "x", key="narrow")
    entry = document(server, tmp_path, "audit")[0]

    assert planned["moved"] is None
    assert without.returncode == 2
    assert moved["moved"] == planned["ready"] >= 3
    assert again["moved"] == 0
    assert "[not_found]" in nowhere.stderr
    assert "[access_denied]" in narrow.stderr
    assert (entry["action"], entry["subject"], entry["actor"], entry["details"]["to"]) == (
        "move",
        "payments",
        "key:operator",
        "refunds",
    )


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (("queues", "receive", "payments"), "SQS"),
        (("sources", "token", "transactions"), "--target"),
        (("storage", "confirm-clock"), "machine with the data directory"),
    ],
    ids=str,
)
def test_what_has_no_way_over_the_network_says_what_to_do(tmp_path: Path, words: tuple[str, ...], advice: str) -> None:
    """People try --url everywhere: "no such option" would not help them."""
    command = [sys.executable, "-m", "hookline", *words, "--url", "http://127.0.0.1:1"]
    done = run_process(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 2
    assert advice in done.stderr
