"""AWS as far as the functions call it: every call is answered as if it went well, and counted. A process of its own.

``python -m bench.aws_stub SECRET`` prints its URL. ``GET /calls`` returns the counts by operation.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["serve"]

_CALLS: Counter[str] = Counter()


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: two would wait for each other
    secret = ""

    def do_GET(self) -> None:
        """Report what was called."""
        self._say(200, json.dumps(_CALLS).encode())

    def do_POST(self) -> None:
        """Answer a call in its protocol."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", self.path).rpartition(".")[2]
        if operation.endswith("/invocations"):
            operation = "Invoke"
        _CALLS[operation] += 1
        self._say(202 if operation == "Invoke" else 200, self._answer(operation, body))

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def _answer(self, operation: str, body: bytes) -> bytes:
        if operation == "GetParameters":
            found = [{"Name": name, "Value": self.secret} for name in json.loads(body)["Names"]]
            return json.dumps({"Parameters": found, "InvalidParameters": []}).encode()
        if operation == "SendMessage":
            return b'{"MessageId":"0f6ee1a2-5d2b-4d9e-9f3e-3a1f0e7c9b11","MD5OfMessageBody":"d41d8cd98f00b204e9800998ecf8427e"}'
        return b"" if operation == "Invoke" else b"{}"

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(secret: str) -> None:
    """Answer until the process is stopped."""
    _Answer.secret = secret
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1])
