"""``python -m bench.queue_instant -p PORT``: a server that receives, keeps and deletes nothing, and answers immediately.

What boto3 clients do against it is the most that they do on this machine against any server.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys

import orjson

from bench.queue_client import BODY

__all__ = ["main"]

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


def main() -> None:
    """Serve until the process is ended."""
    asyncio.run(_serve(int(sys.argv[-1])))


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", port)
    await server.serve_forever()


class _Answers(asyncio.Protocol):
    """Ten messages for each receive, and success for all else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- of a TCP connection
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._read += data
        while (end := self._read.find(_END)) >= 0:
            head = self._read[:end].lower()
            size = end + len(_END) + int(head.partition(_LENGTH)[2].split(b"\r\n", 1)[0])
            if len(self._read) < size:
                return
            self._read = self._read[size:]
            self._transport.write(_RECEIVED if b"receivemessage" in head else _DONE)


def _answer(document: dict[str, object]) -> bytes:
    body = orjson.dumps(document)
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: 0\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


_MD5 = hashlib.md5(BODY.encode(), usedforsecurity=False).hexdigest()
_RECEIVED = _answer(
    {
        "Messages": [
            {"MessageId": f"{number:032x}", "ReceiptHandle": f"{number:064x}", "Body": BODY, "MD5OfBody": _MD5}
            for number in range(10)
        ]
    }
)
_DONE = _answer({"Successful": [{"Id": str(number)} for number in range(10)], "Failed": []})

if __name__ == "__main__":
    main()
