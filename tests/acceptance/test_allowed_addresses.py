"""Allowed addresses behind a proxy, at a real server: what the proxy says counts, and nothing else."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from acceptance.server import Server, until

if TYPE_CHECKING:
    from pathlib import Path

    from acceptance.sender import Answer

ALLOWED = """
[sources.near]
verify = { scheme = "none", allow_from_is_enough = true }
id = "content-hash"
allow_from = ["192.0.2.0/24"]
"""
PROXY = '\n[server]\ntrusted_proxies = ["127.0.0.1"]\n'


def _sent(server: Server, forwarded: str) -> Answer:
    headers = {"Content-Type": "application/json", "X-Forwarded-For": forwarded}
    with server.sender() as sender:
        return sender.request("POST", "/webhook/near", forwarded.join('""').encode(), headers)


def _callers(server: Server) -> list[object]:
    """Where the calls came from, as the log has it."""
    return [line["client"] for line in server.all("request") if line["source"] == "near"]


def test_a_proxy_is_believed_once_it_is_named(tmp_path: Path) -> None:
    """A reload is enough, and the address that a stranger writes never replaces the proxy's own."""
    with Server(tmp_path, more=ALLOWED) as server:
        before = _sent(server, "192.0.2.1")
        toml = server.project / "hookline.toml"
        toml.write_text(toml.read_text() + PROXY)
        server.signal(signal.SIGHUP)
        reloaded = server.wait_for("reloaded")
        after = [
            _sent(server, written)
            for written in ("192.0.2.1", "198.51.100.9, 192.0.2.2", "192.0.2.1, 198.51.100.9", "unknown")
        ]
        until(lambda: len(_callers(server)) == 5)
        callers = _callers(server)

    assert (before.status, before.code) == (403, "address_not_allowed")
    assert reloaded["settings_changed"] == ["[server] trusted_proxies"]
    assert [answer.status for answer in after] == [202, 202, 403, 403]
    assert callers == ["127.0.0.1", "192.0.2.1", "192.0.2.2", "198.51.100.9", None]
