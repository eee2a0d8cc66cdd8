"""``python -m bench.queue_consumer URL``: receives ten and deletes ten from three queues in turn, until stdin closes; then says how many.

It speaks the SQS API over a plain socket. boto3 takes more processor time for a call than the server does: four such clients that keep up
with a server at saturation would need more cores than the machine has, and what would be measured is boto3.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from urllib.parse import urlsplit

import orjson

__all__ = ["main"]

_QUEUES = ("payments", "refunds", "disputes")
_PAUSE = 0.005  # seconds after a look at three empty queues
_STAYS_AWAY = 600  # seconds


def main() -> None:
    """Consume."""
    where = urlsplit(sys.argv[1])
    wire = socket.create_connection((where.hostname or "", where.port or 80))
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    host = where.netloc
    urls = [f"{sys.argv[1]}/000000000000/{name}" for name in _QUEUES]
    done = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        taken = sum(_consume(wire, host, url) for url in urls)
        done += taken
        if not taken:
            time.sleep(_PAUSE)
    sys.stdout.write(f"{done}\n")


def _consume(wire: socket.socket, host: str, queue: str) -> int:
    found = _call(
        wire, host, "ReceiveMessage", {"QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": _STAYS_AWAY}
    )
    messages = found.get("Messages", [])
    if messages:
        entries = [{"Id": str(number), "ReceiptHandle": one["ReceiptHandle"]} for number, one in enumerate(messages)]
        answer = _call(wire, host, "DeleteMessageBatch", {"QueueUrl": queue, "Entries": entries})
        if len(answer["Successful"]) != len(messages):
            raise SystemExit(f"not deleted: {answer}")
    return len(messages)


def _call(
    wire: socket.socket, host: str, action: str, parameters: dict[str, object]
) -> dict[str, list[dict[str, str]]]:
    body = orjson.dumps(parameters)
    head = (
        f"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: AmazonSQS.{action}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    wire.sendall(head.encode() + body)
    answer = wire.recv(65536)
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _more(wire)
    length = int(answer[:end].lower().split(b"content-length:")[1].split(b"\r\n", 1)[0])
    while len(answer) < end + 4 + length:
        answer += _more(wire)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(answer.decode())
    found: dict[str, list[dict[str, str]]] = orjson.loads(answer[end + 4 :])
    return found


def _more(wire: socket.socket) -> bytes:
    if not (part := wire.recv(65536)):
        raise SystemExit("the server hung up")
    return part


if __name__ == "__main__":
    main()
