"""A key host that does not answer, or drips: its own source is answered 503 in time, and no other source notices."""

from __future__ import annotations

import base64
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import Sender, transaction
from acceptance.server import Server
from unit.local.tls_host import certified, serving

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path

PAYPAL = '[sources.paypal]\nverify = { scheme = "paypal", secrets = ["PAYPAL_WEBHOOK_ID"] }\n'
ELSEWHERE = """
import socket
own = socket.getaddrinfo
def patched(host, port, *rest, **more):
    if host == "api.paypal.com":
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", {port}))]
    return own(host, port, *rest, **more)
socket.getaddrinfo = patched
"""
CLIENTS = 24
SECONDS = 6.0


def _drips(connection: ssl.SSLSocket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while not over.wait(0.1):
        connection.sendall(b"x")


def _forged(name: str) -> dict[str, str]:
    """The headers of a call that could be PayPal's as far as anybody can say without the key."""
    return {
        "Content-Type": "application/json",
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(bytes(256)).decode(),
        "PAYPAL-TRANSMISSION-ID": "t-1",
        "PAYPAL-TRANSMISSION-TIME": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "PAYPAL-CERT-URL": f"https://api.paypal.com/v1/notifications/certs/{name}",
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
    }


@pytest.mark.parametrize("answer", [None, _drips], ids=["silent", "dripping"])
def test_a_dead_key_host_slows_down_no_other_source(
    tmp_path: Path, answer: Callable[[ssl.SSLSocket, threading.Event], None] | None
) -> None:
    """Anyone can send calls that name keys: neither threads nor places nor bytes of other sources may go into waiting for them."""
    certificate = certified(tmp_path, "api.paypal.com")
    with serving(certificate, answer) as host:
        environment = {"PAYPAL_WEBHOOK_ID": "8PT597110X687430LKGECATA", "SSL_CERT_FILE": str(certificate)}
        before = ELSEWHERE.replace("{port}", str(host.port))
        with Server(tmp_path, more=PAYPAL, environment=environment, before=before) as server:
            end = time.monotonic() + SECONDS
            answers: list[tuple[int, float]] = []

            def forge(number: int) -> None:
                with server.sender(timeout=30) as sender:
                    turn = 0
                    while time.monotonic() < end:
                        started = time.monotonic()
                        headers = _forged(f"CERT-{number}-{turn}" if number % 2 else "CERT-1")
                        status = sender.post(b"{}", path="/webhook/paypal", headers=headers).status
                        answers.append((status, time.monotonic() - started))
                        turn += 1
                        time.sleep(0.02)

            threads = [threading.Thread(target=forge, args=(number,)) for number in range(CLIENTS)]
            for thread in threads:
                thread.start()
            genuine = _measured(server, end)
            for thread in threads:
                thread.join()
            assert server.terminate() == 0
            lines = server.all("a public key cannot be fetched")
            refused = [line for line in server.all("request") if line["source"] == "paypal"]

    statuses = [status for status, _ in genuine]
    usual = sorted(seconds for _, seconds in genuine)[len(genuine) // 2]
    assert set(statuses) == {202}
    assert usual < 1.0
    assert {status for status, _ in answers} <= {503, 429}
    assert len(refused) < 100 * (SECONDS + 2)
    assert max(seconds for _, seconds in answers) < 15.0
    assert host.calls < 40
    assert any("api.paypal.com" in line["detail"] and "CERT-" in line["detail"] for line in lines)


def _measured(server: Server, end: float) -> list[tuple[int, float]]:
    """Status and seconds of genuine calls to another source, one after another."""
    found: list[tuple[int, float]] = []
    with Sender(server.port) as sender:
        while time.monotonic() < end:
            started = time.monotonic()
            status = sender.post(transaction(f"evt_{len(found)}")).status
            found.append((status, time.monotonic() - started))
            time.sleep(0.01)
    return found
