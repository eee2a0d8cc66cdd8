"""Fetches sets of public keys from URLs in the configuration, over HTTPS and from public addresses only.

A set is fetched as a whole. A caller with many invented key names causes no more fetches than one name: a set that was fetched within
the last seconds is not fetched again for a key that it does not have. A set that cannot be fetched again is used for up to a day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPException
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from hookline.adapters.local.https import HttpsRequest
from hookline.errors import Rejected, UnavailableError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hookline.domain.source import KeyReference
    from hookline.ports.clock import Clock

__all__ = ["Ask", "KeySets"]

Ask: TypeAlias = "Callable[[HttpsRequest], tuple[int, bytes]]"

_FRESH: Final = timedelta(hours=1)
_FRESH_WITHOUT_NAMES: Final = timedelta(minutes=5)
"""How long a set is used where calls name no key: then only a new fetch shows that there is a new key."""
_KEPT: Final = timedelta(days=1)
_BELIEVED: Final = timedelta(seconds=30)
"""How long a set is not fetched again for a key that it does not have."""
_FAILED: Final = timedelta(seconds=5)
_STALE: Final = timedelta(minutes=1)
"""How long a set is not fetched again after a failure: longer where an old set can be used meanwhile."""
_MOST_SETS: Final = 256  # a configuration names only a few
_MOST_KEYS: Final = 128  # keys of one set
_OK: Final = 200


@record
class _Set:
    keys: Mapping[str, bytes]
    """The keys by name, each as a separate document; under "" all of them as one."""
    fetched_at: datetime

    def key(self, name: str) -> bytes | None:
        """The key of this name; all keys where none has a name."""
        return self.keys.get(name) or (self.keys[""] if len(self.keys) == 1 else None)


@record
class _Fault:
    detail: str
    until: datetime


@dataclass(slots=True, kw_only=True)
class _Url:
    """The cached state of one URL. The thread that fetches holds ``lock``."""

    lock: Lock = field(default_factory=Lock)
    known: _Set | None = None
    fault: _Fault | None = None


class KeySets:
    """Fetches each set once an hour, and every five minutes where its keys have no names. Usable from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._urls: dict[str, _Url] = {}
        self._lock = Lock()

    def kept(self, reference: KeyReference) -> bytes | None:
        """The key, if its set was fetched less than an hour ago, or less than a day ago and the last fetch failed a moment ago."""
        url, now = self._urls.get(reference.place), self._clock.steady()
        if url is None or url.known is None:
            return None
        has_failed = url.fault is not None and url.fault.until > now
        is_usable = now - url.known.fetched_at < (_KEPT if has_failed else _fresh_for(reference.name))
        return url.known.key(reference.name) if is_usable else None

    def fetch(self, reference: KeyReference, ask: Ask, *, is_hurried: bool = False) -> bytes:
        """The key. ``ask`` sends one request within a deadline; ``is_hurried`` means that the deadline is too short to blame the host.

        Raises Rejected when the set does not have it, UnavailableError ``keys_unavailable`` when the set cannot be fetched.
        """
        url = self._url(reference.place)
        with url.lock:  # threads that waited for another thread's fetch use its result
            now = self._clock.steady()
            known = url.known
            if known is None or _wants_another(known, reference.name, now):
                known = url.known = _fetched(url, reference, ask, now, is_hurried=is_hurried)
            key = known.key(reference.name)
        if key is None:
            raise Rejected("signature_mismatch", f"{_host(reference)} has no key with the name that the request gives")
        return key

    def forget(self) -> None:
        """Forget all sets: the next call fetches its set."""
        with self._lock:
            self._urls = {}

    def _url(self, url: str) -> _Url:
        with self._lock:
            found = self._urls.get(url)
            if found is None:
                if len(self._urls) >= _MOST_SETS:
                    del self._urls[next(iter(self._urls))]
                found = self._urls[url] = _Url()
            return found


def _fresh_for(name: str) -> timedelta:
    return _FRESH if name else _FRESH_WITHOUT_NAMES


def _wants_another(known: _Set, name: str, now: datetime) -> bool:
    """Whether a set has to be fetched again: because of its age, or because it does not have a key."""
    age = now - known.fetched_at
    return age >= _fresh_for(name) or (age >= _BELIEVED and known.key(name) is None)


def _fetched(url: _Url, reference: KeyReference, ask: Ask, now: datetime, *, is_hurried: bool) -> _Set:
    """The fetched set, or after a failure the old one while it may be used and has the key. Raises UnavailableError."""
    fault, known = url.fault, url.known
    is_usable = known is not None and now - known.fetched_at < _KEPT and known.key(reference.name) is not None
    if fault is None or fault.until <= now:
        try:
            return _Set(keys=_asked(reference.place, ask), fetched_at=now)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            why = str(error) if isinstance(error, OSError) else "its answer has no keys"
            what = f"the keys of {reference.provider} cannot be fetched from {_host(reference)}"
            fault = _Fault(
                detail=f"{what}: {type(error).__name__}: {why}", until=now + (_STALE if is_usable else _FAILED)
            )
            url.fault = None if is_hurried else fault
    if known is not None and is_usable:
        return known
    raise UnavailableError("keys_unavailable", fault.detail)


def _host(reference: KeyReference) -> str:
    return urlsplit(reference.place).hostname or ""


def _asked(url: str, ask: Ask) -> Mapping[str, bytes]:
    """The keys at the URL. Raises OSError, HTTPException or ValueError."""
    where = urlsplit(url)
    path = f"{where.path or '/'}{'?' + where.query if where.query else ''}"
    status, body = ask(HttpsRequest(host=where.netloc, path=path, headers={"accept": "*/*"}, only_public=True))
    if status != _OK:
        raise OSError(f"it answered {status}")
    return _by_name(body)


def _by_name(body: bytes) -> Mapping[str, bytes]:
    """The keys of a set of JWKs (RFC 7517 section 5), or of PEM by name; under "" the whole set. Raises ValueError if it has no key."""
    text = body.strip()
    if not text.startswith(b"{"):
        if b"-----BEGIN" not in text:
            raise ValueError("neither JSON nor PEM")
        return {"": text}
    written = json.loads(text)
    listed = written.get("keys", [written] if "kty" in written else [])
    named: dict[str, list[object]] = {}
    for one in listed[:_MOST_KEYS] if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(name := one.get("kid", ""), str):
            named.setdefault(name, []).append(one)
    found = {name: json.dumps({"keys": keys}).encode() for name, keys in named.items()}
    for name, pem in [*written.items()][:_MOST_KEYS]:
        if isinstance(pem, str) and "-----BEGIN" in pem:
            found[name] = pem.encode()
    if not found:
        raise ValueError("no keys")
    return {**found, "": text}
