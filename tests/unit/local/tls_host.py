"""A host on a loopback port that uses TLS with a certificate of its own, and misbehaves as a test asks."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import certificates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["TlsHost", "certified", "serving"]


def certified(folder: Path, *names: str) -> Path:
    """A file with a certificate for ``names`` and its private key, which is its own authority."""
    file = folder / "host.pem"
    file.write_bytes(b"".join(certificates.certified(*names)))
    return file


class TlsHost:
    """One of them. ``calls`` counts connections."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.calls = 0


@contextmanager
def serving(certificate: Path, answer: Callable[[ssl.SSLSocket, threading.Event], None] | None) -> Iterator[TlsHost]:
    """Serve until the end of the block: ``answer`` is called for each connection; None sends nothing, not even TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = TlsHost(listener.getsockname()[1])

        def handle(plain: socket.socket) -> None:
            with suppress(OSError), plain:
                if answer is None:
                    over.wait(30)
                    return
                with context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(65536)
                    answer(connection, over)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    host.calls += 1
                    threading.Thread(target=handle, args=(plain,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield host
        finally:
            over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
