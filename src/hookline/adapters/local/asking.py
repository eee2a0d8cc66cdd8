"""Sends one HTTP request to an address that the operator named: an admin port, or a host to compare the clock with."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from contextlib import closing
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

__all__ = ["Heard", "ask", "post", "time_at"]

_SECONDS = 3.0
_MOST = 64 * 1024


@record
class Heard:
    """An answer. ``document`` is empty where the body was not a JSON object."""

    status: int
    document: dict[str, object]


def ask(url: str, *, unix_socket: Path | None = None) -> Heard:
    """GET ``url``, over the Unix socket where one is given. Certificates are not verified. Raises OSError."""
    status, _, body = _get(url, "GET", unix_socket, verify=False)
    return Heard(status=status, document=_document(body))


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = 30.0) -> Heard:
    """POST ``body`` to ``url``, whose certificate is verified. Raises OSError."""
    parts = urlsplit(url)
    try:
        with closing(_connection(parts.scheme, parts.hostname or "", parts.port, None, verify=True)) as there:
            there.timeout = seconds
            there.request("POST", parts.path or "/", body, dict(headers))
            answer = there.getresponse()
            return Heard(status=answer.status, document=_document(answer.read(_MOST)))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OSError(f"{url} cannot be called: {error}") from error


def time_at(url: str) -> datetime:
    """The time in the Date header of the host of ``url`` (RFC 9110 section 6.6.1), in whole seconds. Raises OSError."""
    _, date, _ = _get(url, "HEAD", None, verify=True)
    try:
        return parsedate_to_datetime(date)
    except ValueError:
        raise OSError(f"{url} answered without a Date header") from None


def _document(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _get(url: str, method: str, unix_socket: Path | None, *, verify: bool) -> tuple[int, str, bytes]:
    parts = urlsplit(url)
    try:
        with closing(_connection(parts.scheme, parts.hostname or "", parts.port, unix_socket, verify=verify)) as there:
            there.request(method, parts.path or "/")
            answer = there.getresponse()
            return answer.status, answer.headers.get("Date", ""), answer.read(_MOST)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OSError(f"{url} cannot be called: {error}") from error


def _connection(
    scheme: str, host: str, port: int | None, unix_socket: Path | None, *, verify: bool
) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        if not verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=context)
    there = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    if unix_socket is not None:
        there.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        there.sock.settimeout(_SECONDS)
        there.sock.connect(str(unix_socket))
    return there
