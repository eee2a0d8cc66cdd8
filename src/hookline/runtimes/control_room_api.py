"""Calls the API of a control room with an access key."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final  # Any: JSON documents
from urllib.parse import quote, urlencode, urlsplit

from hookline.config.units import UnusableError
from hookline.error_codes import CODES
from hookline.errors import OperatorError
from hookline.pipeline.access.sigv4 import Head, authorization
from hookline.record import record
from hookline.runtimes.embedded.settings import find_values
from hookline.runtimes.env_file import env_file_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from http.client import HTTPResponse

__all__ = ["Api", "Credentials", "api_at"]

_PATIENCE: Final = 60.0  # seconds: the control room answers within 30
_OK: Final = 200
_URL: Final = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?/?")
_URL_RULE: Final = "must be http:// or https://, a host and a port, such as https://hooks.example.com:8081"
_REGION, _SERVICE = "us-east-1", "sqs"
"""The region in the signature: the control room accepts any."""


@record
class Credentials:
    """An access key of hookline.toml; its secret is not in the repr."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Credentials({self.key_id})"


def api_at(url: str, key_id: str | None, secret_name: str, env_file: Path | None) -> Api:
    """The control room at ``url``, asked with an access key, or without one. Raises UnusableError and OperatorError.

    The secret of the key is in the environment, in ``env_file``, or in the file ``.env`` of this folder.
    """
    if not _URL.fullmatch(url):
        raise UnusableError(_URL_RULE, option="--url")
    return Api(url, _credentials(key_id, secret_name, env_file_beside(Path("hookline.toml"), env_file)))


def _credentials(key_id: str | None, secret_name: str, env_file: Path | None) -> Credentials | None:
    if key_id is None:
        return None
    found = find_values([secret_name], env_file)
    if secret_name not in found:
        raise OperatorError("api_secret_missing", f"neither the environment nor the env file has {secret_name}")
    return Credentials(key_id=key_id, secret=found[secret_name])


class Api:
    """The API of one control room. Its methods raise OperatorError with the code of the answer, or ``api_unreachable``."""

    def __init__(self, url: str, credentials: Credentials | None) -> None:
        self._address = urlsplit(url)
        self._credentials = credentials

    def get(self, *path: str, **query: object) -> Any:
        """GET the document at this path, whose segments may be any text. Parameters that are None are left out."""
        with self._asked("GET", path, query, b"") as answer:
            return json.loads(answer.read())

    def post(self, *path: str, body: Mapping[str, object]) -> Any:
        """POST a document; returns the answer. Members that are None are left out."""
        sent = {name: value for name, value in body.items() if value is not None}
        with self._asked("POST", path, {}, json.dumps(sent).encode()) as answer:
            return json.loads(answer.read())

    def has_event(self, event_id: str) -> bool:
        """Whether an event of this id is stored there."""
        try:
            self.get("events", event_id)
        except OperatorError as error:
            if error.code != "not_found":
                raise
            return False
        return True

    def follow(self, *path: str, **query: object) -> Iterator[Any]:
        """The documents of the server's event stream (text/event-stream) as they arrive, until it ends the connection."""
        with self._asked("GET", path, query, b"") as answer:
            for line in answer:
                if line.startswith(b"data:"):
                    yield json.loads(line.removeprefix(b"data:"))

    @contextmanager
    def _asked(
        self, method: str, path: tuple[str, ...], query: Mapping[str, object], body: bytes
    ) -> Iterator[HTTPResponse]:
        given = urlencode({name: _text(value) for name, value in query.items() if value is not None}, quote_via=quote)
        target = "/".join(["", "api", *(quote(one, safe="") for one in path)])
        connection = self._connection()
        try:
            headers = self._headers(method, target, given, body)
            connection.request(method, f"{target}?{given}" if given else target, body=body or None, headers=headers)
            answer = connection.getresponse()
            if answer.status != _OK:
                raise _refusal(answer.status, answer.read())
            yield answer
        except (OSError, HTTPException, ValueError) as error:
            raise OperatorError(
                "api_unreachable", f"{self._address.netloc}: {str(error) or type(error).__name__}"
            ) from None
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
        return kind(self._address.hostname or "", self._address.port, timeout=_PATIENCE)

    def _headers(self, method: str, target: str, query: str, body: bytes) -> dict[str, str]:
        headers = {"host": self._address.netloc.rpartition("@")[2]}
        if body:
            headers["content-type"] = "application/json"
        if self._credentials is None:
            return headers
        headers["x-amz-date"] = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        head = Head(
            method=method,
            path=target.encode(),
            query=query.encode(),
            headers=[(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        )
        key = self._credentials
        proof = authorization(head, body, key_id=key.key_id, secret=key.secret, region=_REGION, service=_SERVICE)
        return {**headers, "authorization": proof}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(status: int, body: bytes) -> OperatorError:
    """The error in the control room's answer, with its code if this version knows that."""
    try:
        document = json.loads(body)
        code, detail = str(document["code"]), str(document["detail"])
    except (ValueError, KeyError, TypeError):
        return OperatorError("api_unreachable", f"status {status}, which is not an answer of a control room")
    return OperatorError(code, detail) if code in CODES else OperatorError("api_refused", f"[{code}] {detail}")
