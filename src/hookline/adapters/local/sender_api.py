"""Calls senders' event lists over HTTPS, at hosts that are fixed here, and reads the report file of a sender without such an API."""

from __future__ import annotations

from http.client import HTTPException
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline import __version__
from hookline.adapters.local.https import HttpsRequest, exchange
from hookline.adapters.local.paypal_token import PAYPAL_HOSTS, StatusOfTokenError, paypal_token
from hookline.domain.sender_call import SenderAnswer
from hookline.errors import OperatorError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hookline.domain.secret import Secret
    from hookline.domain.sender_call import SenderCall

__all__ = ["HttpsSenderApi", "ReportFile"]

_SECONDS: Final = 30.0
_LONGEST: Final = 16 * 1024 * 1024  # the longest answer in bytes: a page has a hundred events
_LINES_AT_ONCE: Final = 1000
_LONGEST_LINE: Final = 64 * 1024  # bytes
_UNAUTHORIZED: Final = 401
_CLIENT_ERRORS: Final = range(400, 500)
_AGENT: Final = {"user-agent": f"hookline/{__version__}", "accept": "application/json"}
_MORE: Final[Mapping[str, Mapping[str, str]]] = {
    "github": {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
}
_HOSTS: Final[Mapping[tuple[str, str], str]] = {
    ("github", ""): "api.github.com",
    ("stripe", ""): "api.stripe.com",
    **{("paypal", place): host for place, host in PAYPAL_HOSTS.items()},
}
"""The API hosts by scheme and environment."""
_WITH_TOKEN: Final = frozenset({"paypal"})


class HttpsSenderApi:
    """The API of the sender of one scheme. Redirects are not followed; an answer has at most 16 MiB and must arrive within 30 seconds."""

    def __init__(self, scheme: str, credentials: Secret, *, place: str = "") -> None:
        self._host = _HOSTS[scheme, place]
        self._scheme = scheme
        self._credentials = credentials
        self._token: tuple[str, float] | None = None

    @property
    def host(self) -> str:
        """The name of the API's host."""
        return self._host

    def ask(self, call: SenderCall) -> SenderAnswer:
        """The answer, whatever its status."""
        ends_at = monotonic() + _SECONDS
        try:
            headers = {**_AGENT, **_MORE.get(self._scheme, {}), "authorization": f"Bearer {self._bearer(ends_at)}"}
            if call.body is not None:
                headers["content-type"] = "application/json"
            request = HttpsRequest(
                host=self.host, path=call.path, method=call.method, headers=headers, body=call.body, ends_at=ends_at
            )
            answer = exchange(request, longest=_LONGEST + 1)
        except StatusOfTokenError as error:
            if error.status in _CLIENT_ERRORS:
                raise OperatorError("sender_api_refused", f"{self.host} gave no token: {error}") from None
            raise self._unavailable(error) from error
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unavailable(error) from error
        if len(answer.body) > _LONGEST:
            raise OperatorError("sender_api_wrong", f"{self.host} answered more than {_LONGEST // 1024**2} MiB")
        if answer.status == _UNAUTHORIZED:
            self._token = None  # the token may have been revoked
        return SenderAnswer(status=answer.status, headers=answer.headers, body=answer.body)

    def _unavailable(self, error: Exception) -> UnavailableError:
        words = str(error) or type(error).__name__
        return UnavailableError("sender_api_unavailable", f"{self.host} gave no answer: {words}")

    def _bearer(self, ends_at: float) -> str:
        if self._scheme not in _WITH_TOKEN:
            value = self._credentials.value.decode("latin-1")
            if not value.isascii() or not value.isprintable():
                raise OperatorError(
                    "sender_api_refused", f"{self._credentials.name} does not contain a key for {self.host}"
                )
            return value
        if self._token is None or self._token[1] <= monotonic():
            token, seconds = paypal_token(_send, self.host, self._credentials.value, ends_at)
            self._token = token, monotonic() + seconds
        return self._token[0]


class ReportFile:
    """A report file as a sender's API. An answer has the header line and a thousand lines; a call's path is the byte at which they begin.

    The header ``next`` of an answer is the byte at which the following lines begin.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def host(self) -> str:
        """The name of the file."""
        return self._path.name

    def ask(self, call: SenderCall) -> SenderAnswer:
        """A part of the file. Raises OSError where it cannot be read, and OperatorError ``sender_api_wrong`` where it is not a report."""
        with self._path.open("rb") as file:
            head = self._line(file.readline(_LONGEST_LINE + 1))
            begin = file.seek(max(len(head), int(call.path) if call.path.isdecimal() else 0))
            lines = b"".join(self._line(file.readline(_LONGEST_LINE + 1)) for _ in range(_LINES_AT_ONCE))
            has_more = file.read(1) != b""
        headers = {"next": str(begin + len(lines))} if has_more else {}
        return SenderAnswer(status=200, headers=headers, body=head + lines)

    def _line(self, line: bytes) -> bytes:
        if len(line) > _LONGEST_LINE:
            raise OperatorError("sender_api_wrong", f"{self.host} has a line of more than {_LONGEST_LINE // 1024} KiB")
        return line


def _send(request: HttpsRequest) -> tuple[int, bytes]:
    answer = exchange(request)
    return answer.status, answer.body
