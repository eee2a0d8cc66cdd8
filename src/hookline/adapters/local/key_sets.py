"""Sets of public keys at URLs that a configuration names, fetched over HTTPS and from public addresses only.

A set is fetched as a whole, so that inventing names of keys causes no more fetches than one name does: a set that was fetched within
the last seconds is believed, also about what it does not hold. One that cannot be fetched again is used for a day.
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
"""The same where no call names a key: nothing else says that there is a new one."""
_KEPT: Final = timedelta(days=1)
_BELIEVED: Final = timedelta(seconds=30)
"""How long a set is not fetched again for the sake of a key that it does not hold."""
_FAILED: Final = timedelta(seconds=5)
_STALE: Final = timedelta(minutes=1)
"""How long a set that could not be fetched is not asked for again: longer where an old one does meanwhile."""
_MOST_SETS: Final = 256  # a configuration names a handful
_MOST_KEYS: Final = 128  # of one set
_OK: Final = 200


@record
class _Set:
    keys: Mapping[str, bytes]
    """By name, each as a document of its own; under "" all of them."""
    fetched_at: datetime

    def key(self, name: str) -> bytes | None:
        """The key of this name; all of them where none has a name."""
        return self.keys.get(name) or (self.keys[""] if len(self.keys) == 1 else None)


@record
class _Fault:
    detail: str
    until: datetime


@dataclass(slots=True, kw_only=True)
class _Url:
    """What is remembered of one URL. The thread that fetches holds ``lock``."""

    lock: Lock = field(default_factory=Lock)
    known: _Set | None = None
    fault: _Fault | None = None


class KeySets:
    """Fetches each set once an hour, and every five minutes where its keys have no names. Any thread may ask."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._urls: dict[str, _Url] = {}
        self._lock = Lock()

    def kept(self, reference: KeyReference) -> bytes | None:
        """The key, when its set was fetched less than an hour ago; or within a day, where it could not be fetched again a moment ago."""
        url, now = self._urls.get(reference.place), self._clock.steady()
        if url is None or url.known is None:
            return None
        has_failed = url.fault is not None and url.fault.until > now
        is_usable = now - url.known.fetched_at < (_KEPT if has_failed else _fresh_for(reference.name))
        return url.known.key(reference.name) if is_usable else None

    def fetch(self, reference: KeyReference, ask: Ask, *, is_hurried: bool = False) -> bytes:
        """The key; ``ask`` is one request that ends in time, sooner than a host can be blamed for where the work ``is_hurried``.

        Raises Rejected when its set does not hold it, UnavailableError ``keys_unavailable`` when the set cannot be had.
        """
        url = self._url(reference.place)
        with url.lock:  # those who waited for another's fetch find what that one found
            now = self._clock.steady()
            known = url.known
            if known is None or _wants_another(known, reference.name, now):
                known = url.known = _fetched(url, reference, ask, now, is_hurried=is_hurried)
            key = known.key(reference.name)
        if key is None:
            raise Rejected("signature_mismatch", f"{_host(reference)} has no key with the name that the request gives")
        return key

    def forget(self) -> None:
        """Keep no set: the next call asks for it."""
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
    """Whether a set has to be fetched again: for its age, or for a key that it does not hold."""
    age = now - known.fetched_at
    return age >= _fresh_for(name) or (age >= _BELIEVED and known.key(name) is None)


def _fetched(url: _Url, reference: KeyReference, ask: Ask, now: datetime, *, is_hurried: bool) -> _Set:
    """The set as it is now, or the old one while it may be used and holds the key. Raises UnavailableError."""
    fault, known = url.fault, url.known
    is_usable = known is not None and now - known.fetched_at < _KEPT and known.key(reference.name) is not None
    if fault is None or fault.until <= now:
        try:
            return _Set(keys=_asked(reference.place, ask), fetched_at=now)
        except (OSError, HTTPException, ValueError, RecursionError) as error:
            why = str(error) if isinstance(error, OSError) else "its answer holds no keys"
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
    """Each key of a set of JWKs (RFC 7517 section 5), or of PEM by name; under "" the whole. Raises ValueError for what holds no key."""
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
