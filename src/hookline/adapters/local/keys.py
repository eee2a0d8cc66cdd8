"""Fetches senders' public keys over HTTPS, only from the senders' own hosts, and caches them for a day.

Anyone can make hookline fetch a key, because the call that names it is not verified yet. So each fetch has a deadline, a key whose fetch
failed is not fetched again for some seconds, and the number of failed names is limited for each sender.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.client import HTTPException
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.adapters.local.https import send
from hookline.adapters.local.key_hosts import HOSTS, StatusError
from hookline.adapters.local.key_sets import KeySets
from hookline.errors import Rejected, UnavailableError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hookline.adapters.local.https import HttpsRequest
    from hookline.adapters.local.key_hosts import Send, TokenCache
    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference
    from hookline.ports.clock import Clock
    from hookline.ports.keys import KeptKeys

__all__ = ["GivenKeys", "HttpsKeys"]

_SECONDS: Final = 3.0
"""The time for one key, from the look-up of the host's name to the last byte of its last answer."""

_KEPT: Final = timedelta(days=1)
_REFUSED: Final = timedelta(minutes=1)
"""How long a key that the sender's host does not have is not requested again."""
_FAILED: Final = timedelta(seconds=5)
"""How long a key is not requested again after its host failed, and a host is not called again after it could not be reached."""
_MOST: Final = 64  # keys of one sender, which has only a few
_MOST_REFUSED: Final = 64
"""The most remembered failed key names of one sender. A caller with invented names in a header must not fill the memory, must not push
out known keys, and must not cause requests until the host stops answering."""


@record
class _Kept:
    key: bytes
    until: datetime


@record
class _Fault:
    why: Rejected | UnavailableError
    until: datetime


@dataclass(slots=True, kw_only=True)
class _Sender:
    """The cached keys and faults of one sender."""

    kept: dict[KeyReference, _Kept] = field(default_factory=dict)
    faults: dict[KeyReference | str, _Fault] = field(default_factory=dict)
    """The recent faults by key, or by host where it could not be reached."""
    tokens: TokenCache = field(default_factory=dict)


class HttpsKeys:
    """Fetches each key once a day. Usable from any thread.

    ``seconds_left`` returns the time left for the current request; None means no deadline.
    """

    def __init__(
        self, clock: Clock, *, send: Send = send, seconds_left: Callable[[], float | None] = lambda: None
    ) -> None:
        self._clock = clock
        self._send = send
        self._seconds_left = seconds_left
        self._senders = {provider: _Sender() for provider in HOSTS}
        self._sets = KeySets(clock)
        self._lock = Lock()

    def kept(self, reference: KeyReference) -> bytes | None:
        """The key, if it was fetched less than a day ago; a key of a set, if the set was fetched less than an hour ago."""
        if reference.is_in_set:
            return self._sets.kept(reference)
        kept = self._senders[reference.provider].kept.get(reference)
        return kept.key if kept is not None and kept.until > self._clock.steady() else None

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
        """The key, fetched where needed, after at most 3 seconds.

        Raises Rejected when the sender's host has no key of that name, UnavailableError ``keys_unavailable`` when the host does not
        answer, when it failed a moment ago, or when too many unknown names were requested.
        """
        if reference.is_in_set:
            seconds = self._seconds()
            return self._sets.fetch(reference, self._in_time(seconds), is_hurried=seconds < _SECONDS)
        key = self.kept(reference)
        if key is not None:
            return key
        now = self._clock.steady()
        with self._lock:
            self._check(reference, now)
        return self._fetched(reference, credentials, now)

    def forget(self) -> None:
        """Forget all keys, faults and tokens: the next call fetches from the senders' hosts."""
        with self._lock:
            self._senders = {provider: _Sender() for provider in HOSTS}
        self._sets.forget()

    def _check(self, reference: KeyReference, now: datetime) -> None:
        """Raise again the fault of a key or host that failed a moment ago; while too many are remembered, refuse every new name."""
        sender = self._senders[reference.provider]
        for name in (reference, HOSTS[reference.provider].host_of(reference)):
            fault = sender.faults.get(name)
            if fault is not None and fault.until > now:
                raise _again(fault.why)
        if len(sender.faults) >= _MOST_REFUSED:
            sender.faults = {name: fault for name, fault in sender.faults.items() if fault.until > now}
        if len(sender.faults) >= _MOST_REFUSED and reference not in sender.kept:
            raise UnavailableError(
                "keys_unavailable", f"too many requests named keys that {reference.provider} does not have"
            )

    def _fetched(self, reference: KeyReference, credentials: Sequence[Secret], now: datetime) -> bytes:
        seconds = self._seconds()
        try:
            key = self._asked(reference, credentials, seconds)
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            why = _unavailable(reference, error)
            if seconds < _SECONDS:  # this request's own time was too short to blame the host
                raise why from error
            name = HOSTS[reference.provider].host_of(reference) if _is_unreachable(error) else reference
            raise self._noted(reference, name, why, now + _FAILED) from error
        if key is None:
            raise self._noted(reference, reference, _unknown(reference), now + _REFUSED)
        with self._lock:
            kept = self._senders[reference.provider].kept
            kept.pop(reference, None)
            if len(kept) >= _MOST:
                kept.pop(next(iter(kept)))
            kept[reference] = _Kept(key=key, until=now + _KEPT)
        return key

    def _noted(
        self, reference: KeyReference, name: KeyReference | str, why: Rejected | UnavailableError, until: datetime
    ) -> Rejected | UnavailableError:
        """Remember the fault."""
        with self._lock:
            sender = self._senders[reference.provider]
            sender.faults[name] = _Fault(why=why, until=until)
            if isinstance(why, Rejected):
                sender.kept.pop(reference, None)
        return why

    def _asked(self, reference: KeyReference, credentials: Sequence[Secret], seconds: float) -> bytes | None:
        """The key, or None when the host has no key of that name."""
        tokens = self._senders[reference.provider].tokens
        return HOSTS[reference.provider].key(self._in_time(seconds), reference, credentials, tokens)

    def _seconds(self) -> float:
        """How long the next fetch may take."""
        left = self._seconds_left()
        return _SECONDS if left is None else min(_SECONDS, left)

    def _in_time(self, seconds: float) -> Send:
        """A function that sends requests, all of which together must end within ``seconds``."""
        ends_at = monotonic() + seconds

        def send_in_time(request: HttpsRequest) -> tuple[int, bytes]:
            return self._send(replace(request, ends_at=ends_at))

        return send_in_time


def _is_unreachable(error: Exception) -> bool:
    """Whether the host itself failed, so that another key name would fail as well."""
    return isinstance(error, OSError) and not isinstance(error, StatusError)


def _again(why: Rejected | UnavailableError) -> Rejected | UnavailableError:
    """A copy of the fault for another caller: one exception that is raised many times would collect all the tracebacks."""
    return type(why)(why.code, why.detail)


def _unavailable(reference: KeyReference, error: Exception) -> UnavailableError:
    """The error with the key, the host and the reason, for the operator."""
    host = HOSTS[reference.provider].host_of(reference)
    why = str(error) if isinstance(error, OSError) else "its answer has no key"
    return UnavailableError(
        "keys_unavailable",
        f"the key {reference.name} of {reference.provider} cannot be fetched from {host}: {type(error).__name__}: {why}",
    )


def _unknown(reference: KeyReference) -> Rejected:
    return Rejected("signature_mismatch", f"{reference.provider} has no key with the name that the request gives")


class GivenKeys:
    """Keys that the operator gave for some senders, used for any key name; other senders' keys are fetched."""

    def __init__(self, given: Mapping[str, bytes], others: KeptKeys) -> None:
        self._given = dict(given)
        self._others = others

    def kept(self, reference: KeyReference) -> bytes | None:
        """The given key, or the one that was fetched before."""
        return self._given.get(reference.provider) or self._others.kept(reference)

    def fetch(self, reference: KeyReference, credentials: Sequence[Secret] = ()) -> bytes:
        """The given key, or the fetched one; raises what ``Keys.get`` raises."""
        return self._given.get(reference.provider) or self._others.fetch(reference, credentials)
