"""A server that seals bodies: what its folder holds, a change of the key while it runs, and a kill at any moment of that."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from acceptance.sender import Sender, transaction
from acceptance.server import Server, refused_start
from processes import end_process, run_process, start_process

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MARKER = "Marianne Mustermann"
OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
ONE_KEY = '[storage]\nkey = "OLD_KEY"'
TWO_KEYS = '[storage]\nkey = ["NEW_KEY", "OLD_KEY"]'
KEYS = {"OLD_KEY": OLD, "NEW_KEY": NEW}


def command(server: Server, *words: str, environment: Mapping[str, str]) -> Any:  # any JSON
    """What a command prints as JSON; its own words where it fails."""
    done = run_process(
        [sys.executable, "-m", "hookline", *words, "--data-dir", str(server.data_dir), "--json"],
        env={**os.environ, **environment},
        cwd=server.project,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout or done.stderr)


def send(server: Server, names: range) -> None:
    """Events with a person's name in them."""
    with server.sender() as sender:
        for number in names:
            note = f"{MARKER}, order {number}"
            assert sender.post(transaction(f"evt_{number}", note=note)).status == 202
        assert sender.post(transaction("evt_0", note=f"another {MARKER}")).status == 409
        assert sender.post(b'{"note":"%b"}' % MARKER.encode()).status == 400


def taken(server: Server) -> list[str]:
    """The text of each message on the queue of payments, as consumers get it."""
    texts: list[str] = []
    with Sender(server.admin_port) as sender:
        url = f"{server.admin}/000000000000/payments"
        while found := sender.sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            texts += [message["Body"] for message in found]
    return texts


def everything(folder: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_part_of_a_body_is_in_the_folder_of_a_server_with_a_key(tmp_path: Path) -> None:
    """This holds while it runs and after its end, and consumers get every body."""
    with Server(tmp_path, more=ONE_KEY, environment=KEYS) as server:
        send(server, range(100))
        running = everything(server.data_dir)
        bodies = taken(server)
        server.terminate()

    assert len(bodies) == 100
    assert all(MARKER in body for body in bodies)
    assert MARKER.encode() not in running
    assert MARKER.encode() not in everything(server.data_dir)
    assert base64.b64decode(OLD) not in everything(server.data_dir)


def test_a_server_without_the_key_refuses_to_start_and_changes_nothing(tmp_path: Path) -> None:
    """It would answer 202 for events that nobody could ever read again."""
    with Server(tmp_path, more=ONE_KEY, environment=KEYS) as server:
        send(server, range(3))
        server.terminate()
    before = (server.data_dir / "hookline.db").read_bytes()

    code, words = refused_start(Server(tmp_path, environment=KEYS))

    assert code == 2
    assert "error [storage_key_missing]" in words
    assert "OLD_KEY" in words
    assert (server.data_dir / "hookline.db").read_bytes() == before


def test_the_key_is_changed_while_a_server_runs_and_the_old_one_can_go(tmp_path: Path) -> None:
    """Nobody stops receiving because a key has leaked."""
    with Server(tmp_path, more=ONE_KEY, environment=KEYS) as server:
        send(server, range(50))
        server.terminate()
    with Server(tmp_path, more=TWO_KEYS, environment=KEYS) as server:
        send_more = command(server, "storage", "reseal", "--reason", "it leaked", environment=KEYS)
        with server.sender() as sender:
            assert sender.post(transaction("evt_later", note=MARKER)).status == 202
        keys = command(server, "storage", "keys", environment={})
        server.terminate()

    assert send_more == {"written": 52, "faults": [], "remains": []}
    assert [(key["name"], key["seals"], key["bodies"]) for key in keys] == [("NEW_KEY", True, 53), (None, False, 0)]
    with Server(tmp_path, more='[storage]\nkey = "NEW_KEY"', environment={"NEW_KEY": NEW}) as server:
        assert len(taken(server)) == 51
        audit = command(server, "audit", environment={})
        server.terminate()
    assert [(entry["action"], entry["affected"], entry["reason"]) for entry in audit] == [("reseal", 52, "it leaked")]


def test_sealing_begins_with_a_store_that_is_full_and_leaves_no_clear_text(tmp_path: Path) -> None:
    """The store holds a year of unencrypted bodies; a search works meanwhile, and finds them afterwards."""
    with Server(tmp_path) as server:
        send(server, range(50))
        server.terminate()
    assert MARKER.encode() in everything(server.data_dir)

    with Server(tmp_path, more=ONE_KEY, environment=KEYS) as server:
        done = command(server, "storage", "reseal", "--reason", "begun", environment=KEYS)
        meanwhile = everything(server.data_dir)
        found = command(server, "events", "list", "--since", "1h", "--text", "order 7", environment=KEYS)
        unreadable = command(
            server, "events", "list", "--since", "1h", "--text", "order 7", environment={"OLD_KEY": ""}
        )
        server.terminate()

    assert (done["written"], done["faults"], done["remains"]) == (52, [], [])
    assert MARKER.encode() not in meanwhile
    assert MARKER.encode() not in everything(server.data_dir)
    assert [one["id"] for one in found] == ["transactions:evt_7"]
    assert unreadable["error"]["code"] == "storage_key_missing"


SLOWLY = """
import sys, time
import hookline.adapters.sqlite.resealing as resealing
resealing._WINDOW, resealing._BATCH = 20, 3
whole = resealing.SqliteResealing._write
def slow(self, table, places):
    print("batch", flush=True)
    sys.stdin.readline()
    return whole(self, table, places)
resealing.SqliteResealing._write = slow
from hookline.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_kill_in_the_middle_of_sealing_loses_nothing(tmp_path: Path, seed: int) -> None:
    """Whatever was on its way to the disk: the next start reads every body, and the next run does the rest."""
    with Server(tmp_path) as server:
        send(server, range(60))
        server.terminate()
    with Server(tmp_path, more=ONE_KEY, environment=KEYS) as server:
        words = ["storage", "reseal", "--reason", "begun", "--data-dir", str(server.data_dir), "--json"]
        run = start_process(
            [sys.executable, "-c", SLOWLY, *words], env={**os.environ, **KEYS}, stdin=-1, stdout=-1, cwd=server.project
        )
        assert run.stdin is not None
        assert run.stdout is not None
        for _ in range(random.Random(seed).randrange(1, 18)):
            assert run.stdout.readline() == b"batch\n"
            run.stdin.write(b"continue\n")
            run.stdin.flush()
        time.sleep(random.Random(seed).random() / 200)
        run.send_signal(signal.SIGKILL)
        end_process(run)
        server.kill()

    with Server(tmp_path, more=ONE_KEY, environment=KEYS) as server:
        keys = command(server, "storage", "keys", environment={})
        done = command(server, "storage", "reseal", "--reason", "again", environment=KEYS)
        bodies = taken(server)
        server.terminate()

    assert sum(key["bodies"] for key in keys) == 62
    assert done["written"] == keys[-1]["bodies"] > 0
    assert len(bodies) == 60
    assert all(MARKER in body for body in bodies)
    assert MARKER.encode() not in everything(server.data_dir)
