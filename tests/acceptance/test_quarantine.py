"""What a served hookline keeps of what it refused: the evidence, within bounds, and nothing that it should not."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING

from acceptance.sender import SECRET, sign, transaction
from acceptance.server import EXAMPLE, Server, until
from processes import run_process

if TYPE_CHECKING:
    from pathlib import Path

OTHER_KEY = b"x" * 24
COUNT = "SELECT count(*) FROM rejected"


def forged(name: str, body: bytes | None = None) -> tuple[bytes, dict[str, str]]:
    """A body, and headers that were signed with another secret."""
    body = transaction(name) if body is None else body
    return body, sign(body, delivery=f"msg_{name}", key=OTHER_KEY)


def test_refused_requests_are_kept_exactly_and_accepted_ones_are_not(tmp_path: Path) -> None:
    """Signature and body must be the very bytes, or nobody finds why they did not fit."""
    body, headers = forged("evt_1")
    with Server(tmp_path) as server, server.sender() as sender:
        refused = sender.post(body, headers=headers, path="/webhook?try=1")
        misshapen = sender.post(b'{"event_id": 1}')
        accepted = sender.post(transaction("evt_2"))
        until(lambda: server.rows(COUNT) == [(2,)])
        rows = server.rows("SELECT source, code, query, headers, body FROM rejected ORDER BY id")
        log = json.dumps(server.lines)

    assert (refused.status, misshapen.status, accepted.status) == (401, 400, 202)
    assert [row[:3] for row in rows] == [
        ("transactions", "signature_mismatch", "try=1"),
        ("transactions", "schema_mismatch", ""),
    ]
    assert rows[0][4] == body
    assert ["webhook-signature", headers["webhook-signature"]] in json.loads(rows[0][3])
    assert SECRET not in log
    assert headers["webhook-signature"] not in log


def test_a_flood_of_forgeries_stays_within_bounds_and_keeps_no_event_out(tmp_path: Path) -> None:
    """Anyone who knows the address can post forgeries all day: disk and log stay bounded, and true events are still accepted."""
    more = '[quarantine]\nmax_requests = 50\nmax_bytes = "64kb"\n'
    config = (EXAMPLE / "hookline.toml").read_text()
    config = config.replace(
        "[sources.transactions]", '[sources.transactions]\nrate_limit = "60/s"\nfailed_rate_limit = "40/s"'
    )
    with Server(tmp_path, config=config, more=more) as server, server.sender() as sender:
        answers, genuine = [], []
        first, headers = forged("first")
        sender.post(first, headers=headers)
        for number in range(600):
            body, headers = forged(f"forged_{number}", transaction(f"forged_{number}", padding="x" * 2000))
            answers.append(sender.post(body, headers=headers).status)
            if number % 20 == 0:
                genuine.append(sender.post(transaction(f"evt_{number}")).status)
        until(lambda: 0 < server.rows(COUNT)[0][0] <= 50)
        ((requests, size),) = server.rows("SELECT count(*), sum(size) FROM rejected")
        ((oldest,),) = server.rows("SELECT body FROM rejected ORDER BY id LIMIT 1")
        events = server.event_ids()
        assert server.terminate() == 0
        lines = len(server.all("request"))
        folded = sum(line["count"] for line in server.all("calls failed verification, not logged one by one"))

    assert sorted(set(answers)) == [401, 429]
    assert genuine == [202] * 30
    assert len(events) == 30
    assert oldest == first
    assert requests <= 50
    assert size <= 64 * 1024
    assert folded == answers.count(429)
    assert lines == 1 + answers.count(401) + 30


def test_zero_keeps_nothing(tmp_path: Path) -> None:
    """An operator who must not keep refused requests can say so."""
    body, headers = forged("evt_1")
    with Server(tmp_path, more="[quarantine]\nmax_requests = 0\n") as server, server.sender() as sender:
        status = sender.post(body, headers=headers).status
        assert server.terminate() == 0
        rows = server.rows(COUNT)

    assert (status, rows) == (401, [(0,)])


def test_what_was_refused_last_is_there_after_a_restart(tmp_path: Path) -> None:
    """A wrong secret is fixed by a restart, and what it refused is wanted then."""
    body, headers = forged("evt_1")
    with Server(tmp_path) as server:
        with server.sender() as sender:
            sender.post(body, headers=headers)
        assert server.terminate() == 0
        server.start()
        rows = server.rows("SELECT body FROM rejected")

    assert rows == [(body,)]


def test_what_a_wrong_secret_refused_is_accepted_in_order_once_it_is_fixed(tmp_path: Path) -> None:
    """The purpose of the quarantine: a deployment with the wrong secret costs nobody a payment, and no server has to stop."""
    wrong = {"TRANSACTIONS_SECRET": "whsec_" + base64.b64encode(OTHER_KEY).decode()}
    with Server(tmp_path, environment=wrong) as server:
        with server.sender() as sender:
            refused = [sender.post(transaction(f"evt_{number}")).status for number in range(30)]
        assert server.terminate() == 0
    with Server(tmp_path) as server:
        retried = run_process(
            [sys.executable, "-m", "hookline", "rejected", "retry", "--config", str(server.project / "hookline.toml"),
             "--data-dir", str(server.data_dir), "--json"],
            env=server._environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        order = list(server.taken("payments"))
        left = server.rows(COUNT)

    assert refused == [401] * 30
    assert retried.returncode == 0, retried.stderr
    assert [one["outcome"] for one in json.loads(retried.stdout)] == ["new"] * 30
    assert order == [f"transactions:evt_{number}" for number in range(30)]
    assert left == [(0,)]


def test_the_doctor_finds_what_a_real_request_suffers_from(tmp_path: Path) -> None:
    """Not a byte is lost from the socket to the table and the report; otherwise the cause could not be found."""
    body = transaction("evt_1")
    with Server(tmp_path) as server:
        with server.sender() as sender:
            sender.post(body + b"\n", headers=sign(body))
        until(lambda: server.rows(COUNT) == [(1,)])
        done = run_process(
            [sys.executable, "-m", "hookline", "doctor", "--rejected", "1", "--config", str(server.project / "hookline.toml"),
             "--data-dir", str(server.data_dir), "--json"],
            env=server._environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["finding"]["cause"] == "line_end"
    assert SECRET.removeprefix("whsec_") not in done.stdout
