"""A sender's API on a loopback port, over TLS, which answers as it is given to, well or badly."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from unit.local.tls_host import certified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = [
    "TOKEN",
    "SenderApi",
    "mercado_pago_headers",
    "mercado_pago_notice",
    "mollie_payment",
    "payment",
    "serving_api",
]

TOKEN = "APP_USR-a-token-of-these-tests"
_HOSTS = ("api.mercadopago.com", "api.mollie.com", "api.gocardless.com")
_ELSEWHERE = """
import socket
own = socket.getaddrinfo
def patched(host, port, *rest, **more):
    if host in {hosts}:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", {port}))]
    return own(host, port, *rest, **more)
socket.getaddrinfo = patched
"""
"""The senders' hosts are here, on an address that hookline would not connect to."""


class SenderApi:
    """``answers`` are by path: a document, a status, bytes, or what is called with the handler and writes the answer itself."""

    def __init__(self, certificate: Path, port: int) -> None:
        self.certificate = certificate
        self.port = port
        self.answers: dict[str, object] = {}
        self.headers: dict[str, str] = {}
        """The headers of every answer."""
        self.asked: list[tuple[str, str]] = []
        """Path and Authorization of every call, unchanged."""
        self.guard = threading.Lock()

    @property
    def before(self) -> str:
        """Python that takes a process to this API instead of the internet."""
        open_ = "import hookline.adapters.local.https\nhookline.adapters.local.https.is_public = lambda address: True\n"
        return _ELSEWHERE.format(hosts=_HOSTS, port=self.port) + open_

    @property
    def inside(self) -> str:
        """The same for the end of hookline's own module of HTTPS."""
        return f"{_ELSEWHERE.format(hosts=_HOSTS, port=self.port)}\nis_public = lambda address: True\n"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to believe it, and to be accepted."""
        return {"SSL_CERT_FILE": str(self.certificate), "API_TOKEN": TOKEN}

    def times(self, path: str) -> int:
        """How often it was asked for this."""
        with self.guard:
            return sum(asked == path for asked, _ in self.asked)


@contextmanager
def serving_api(folder: Path) -> Iterator[SenderApi]:
    """Serve until the end of the block."""
    certificate = certified(folder, *_HOSTS)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with api.guard:
                api.asked.append((self.path, self.headers.get("authorization", "")))
                answer = api.answers.get(self.path, 404)
            with suppress(OSError):
                _answer(self, answer, api.headers)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Host(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that goes away is no fault here."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Host(("127.0.0.1", 0), Handler) as host:
        host.socket = context.wrap_socket(host.socket, server_side=True, do_handshake_on_connect=False)
        api = SenderApi(certificate, host.server_port)
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield api
        finally:
            host.shutdown()


def _answer(handler: BaseHTTPRequestHandler, answer: object, headers: dict[str, str]) -> None:
    if callable(answer):
        write: Callable[[BaseHTTPRequestHandler], None] = answer
        write(handler)
        return
    status = answer if isinstance(answer, int) else 200
    body = answer if isinstance(answer, bytes) else json.dumps({} if isinstance(answer, int) else answer).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def payment(number: int, *, amount: str = "58.8", **more: object) -> bytes:
    """Mercado Pago's answer about an approved payment, with the amount as it writes it: a JSON number."""
    document = {
        "id": number,
        "date_created": "2026-01-02T03:04:00.000-04:00",
        "date_approved": "2026-01-02T03:04:05.000-04:00",
        "date_last_updated": "2026-01-02T03:04:05.000-04:00",
        "status": "approved",
        "status_detail": "accredited",
        "operation_type": "regular_payment",
        "currency_id": "BRL",
        "captured": True,
        "live_mode": True,
        "refunds": [],
        "transaction_amount_refunded": 0,
        **more,
    }
    return json.dumps(document)[:-1].encode() + b', "transaction_amount": ' + amount.encode() + b"}"


def mollie_payment(id_: str, *, status: str = "paid") -> dict[str, object]:
    """Mollie's answer about a payment."""
    return {
        "resource": "payment",
        "id": id_,
        "mode": "test",
        "status": status,
        "amount": {"currency": "EUR", "value": "75.00"},
        "createdAt": "2026-01-02T03:04:00+00:00",
        "paidAt": "2026-01-02T03:04:05+00:00",
    }


def mercado_pago_notice(event: int, number: int, *, action: str = "payment.created", topic: str = "payment") -> bytes:
    """Mercado Pago's notification: an id and nothing else."""
    document = {
        "id": event,
        "live_mode": True,
        "type": topic,
        "date_created": "2026-01-02T03:04:05.000-04:00",
        "user_id": 44444,
        "api_version": "v1",
        "action": action,
        "data": {"id": str(number)},
    }
    return json.dumps(document).encode()


def mercado_pago_headers(number: int, secret: str, *, at: float, request_id: str) -> dict[str, str]:
    """The signature over the id, the request's id and the time."""
    text = f"id:{number};request-id:{request_id};ts:{int(at)};"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "x-signature": f"ts={int(at)},v1={signature}",
        "x-request-id": request_id,
    }
