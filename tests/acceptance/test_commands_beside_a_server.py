"""Commands, backups and pages while a server is under load: SQLite lets one process write at a time, and nobody may notice."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from acceptance.sender import SECRET, sign, transaction
from acceptance.server import Server
from processes import running_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROUNDS = int(os.environ.get("HOOKLINE_TESTS_ROUNDS", "2"))
"""How often each process runs its commands; more of them look harder."""

PROCESSES = 3
COMMANDS = (
    ("events", "list", "--since", "1h"),
    ("rejected", "list"),
    ("rejected", "retry"),
    ("queues", "receive", "payments", "--max", "20"),
    ("queues", "pause", "payments"),
    ("queues", "list"),
    ("backup", "copy-{process}.db", "--force"),
    ("queues", "resume", "payments"),
    ("queues", "redrive", "payments", "--reason", "tests"),
    ("replay", "transactions:load_0"),
    ("audit",),
    ("queues", "purge", "refunds", "--reason", "tests", "--yes"),
)
RUNNER = """
import json, sys
from click.testing import CliRunner
from hookline.cli import main
process, rounds, commands = json.loads(sys.argv[1])
failed = []
for _ in range(rounds):
    for words in commands:
        done = CliRunner().invoke(main, [word.replace("{process}", str(process)) for word in words])
        if done.exit_code not in (0, 1) or "locked" in done.output or "storage_unavailable" in done.output:
            failed.append([words, done.exit_code, done.output])
print(json.dumps(failed))
"""
"""Runs many commands in one process: a start of the interpreter for each would take most of the time."""
PAGES = ("/", "/events", "/queues", "/rejected", "/audit", "/metrics", "/api/overview", "/api/events?limit=50")


def repeatedly(stopped: threading.Event, work: Callable[[int], None]) -> threading.Thread:
    """A thread that does the work again and again."""

    def run() -> None:
        number = 0
        while not stopped.is_set():
            work(number)
            number += 1

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_commands_and_a_server_under_load_wait_for_each_other(tmp_path: Path) -> None:
    """An operator's command must not cause 503 answers to senders, and must not fail because of a lock."""
    answers: dict[int, int] = {}
    with Server(tmp_path) as server, server.sender() as sender:
        address = ("127.0.0.1", server.admin_port)

        def send(number: int) -> None:
            body = transaction(f"load_{number}", kind=("payment", "refund")[number % 2])
            headers = sign(body, key=b"forged") if number % 10 == 9 else sign(body, delivery=f"load_{number}")
            status = sender.post(body, headers=headers).status
            answers[status] = answers.get(status, 0) + 1

        def look(number: int) -> None:
            connection = http.client.HTTPConnection(*address, timeout=30)
            connection.request("GET", PAGES[number % len(PAGES)])
            status = connection.getresponse().status
            connection.close()
            assert status == 200, PAGES[number % len(PAGES)]

        send(0)
        stopped = threading.Event()
        threads = [repeatedly(stopped, lambda number: send(number + 1)), repeatedly(stopped, look)]
        try:
            failed = _run_commands(server)
        finally:
            stopped.set()
            for thread in threads:
                thread.join(60)

        assert failed == []
        assert set(answers) == {202, 401}, answers
        assert [line for line in server.lines if "storage failed" in str(line) or "locked" in str(line)] == []


def _run_commands(server: Server) -> list[object]:
    """What failed, of several processes that run the commands at the same time, each from another one on."""
    failed: list[object] = []
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TRANSACTIONS_SECRET": SECRET}
    with ExitStack() as stack:
        processes = []
        for number in range(PROCESSES):
            begin = number * len(COMMANDS) // PROCESSES
            order = COMMANDS[begin:] + COMMANDS[:begin]
            words = [[*words, "--data-dir", str(server.data_dir)] for words in order]
            command = [sys.executable, "-c", RUNNER, json.dumps([number, ROUNDS, words])]
            processes.append(
                stack.enter_context(
                    running_process(command, cwd=server.project, env=environment, stdout=subprocess.PIPE, text=True)
                )
            )
        for process in processes:
            said, _ = process.communicate(timeout=240)
            failed += json.loads(said.splitlines()[-1])
    return failed
