"""The SQS API over a plain socket: a client that costs little, where boto3 takes more processor time for a call than a server does."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import orjson

__all__ = ["QueueWire"]


class QueueWire:
    """One connection to the endpoint ``url``."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._host = where.netloc
        self._wire = socket.create_connection((where.hostname or "", where.port or 80))
        self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive_and_delete(self, queue: str, *, hidden: int) -> int:
        """Receive ten messages, hidden from others for ``hidden`` seconds, and delete what came; returns how many messages it was."""
        wanted = {"QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": hidden}
        messages = self._call("ReceiveMessage", wanted).get("Messages", [])
        if messages:
            entries = [{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(messages)]
            answer = self._call("DeleteMessageBatch", {"QueueUrl": queue, "Entries": entries})
            if len(answer["Successful"]) != len(messages):
                raise SystemExit(f"not deleted: {answer}")
        return len(messages)

    def _call(self, action: str, parameters: dict[str, object]) -> dict[str, list[dict[str, str]]]:
        body = orjson.dumps(parameters)
        head = (
            f"POST / HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Target: AmazonSQS.{action}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._wire.sendall(head.encode() + body)
        answer = self._wire.recv(65536)
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        length = int(answer[:end].lower().split(b"content-length:")[1].split(b"\r\n", 1)[0])
        while len(answer) < end + 4 + length:
            answer += self._more()
        if answer.split(b" ", 2)[1] != b"200":
            raise SystemExit(answer.decode())
        found: dict[str, list[dict[str, str]]] = orjson.loads(answer[end + 4 :])
        return found

    def _more(self) -> bytes:
        if not (part := self._wire.recv(65536)):
            raise SystemExit("the server hung up")
        return part
