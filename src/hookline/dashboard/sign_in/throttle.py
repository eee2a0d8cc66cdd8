"""Limits login attempts: failures are counted by address and by name, and a known browser has a separate count."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.dashboard.sign_in.accounts import Account

__all__ = ["Attempt", "Throttle", "device_mark", "is_own_device", "network_of"]

_MOST_KEPT: Final = 20_000
"""The most names and addresses with a count; the least recently used one is forgotten."""

_ID_LENGTH: Final = 22


@record
class _Rate:
    """How many failures in a row are allowed, and after how many seconds one of them is forgotten."""

    burst: int
    seconds: float


_ADDRESS: Final = _Rate(burst=10, seconds=30.0)
_NAME: Final = _Rate(burst=20, seconds=60.0)
_DEVICE: Final = _Rate(burst=10, seconds=60.0)
_STRANGERS: Final = _Rate(burst=50, seconds=1.0)
"""The limit of all browsers together that have not logged in before. Each failure needs a password hash, a fifth of a second of a
processor: a flood from many addresses uses at most a fifth of one, and further attempts are refused without a hash."""


class Attempt:
    """One attempt to log in, counted as a failure until it has succeeded."""

    def __init__(self, give_back: Callable[[], None], *, is_known_device: bool) -> None:
        self._give_back = give_back
        self.is_known_device = is_known_device

    def succeeded(self) -> None:
        """Remove the failure from the counts."""
        self._give_back()


class Throttle:
    """Counts attempts. Use it on one thread.

    A stranger who tries a name from many addresses uses up the failures of that name, but not those of a browser with which its owner has
    logged in before (OWASP, "device cookies"): the owner is not locked out.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spent: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def seconds_to_wait(self, name: str, *, address: str, device: str | None) -> int:
        """Seconds until an attempt for ``name`` is allowed; 0 for now. ``device`` is the mark of a browser that logged in with it."""
        wait = max(self._wait(key, rate) for key, rate in _counted(name, address, device))
        return math.ceil(wait)

    def begin(self, name: str, *, address: str, device: str | None) -> Attempt:
        """Count an attempt, as a failure until it has succeeded."""
        counted = _counted(name, address, device)
        for key, rate in counted:
            self._spend(key, rate, 1.0)

        def give_back() -> None:
            for key, rate in counted:
                self._spend(key, rate, -1.0)

        return Attempt(give_back, is_known_device=device is not None)

    def _wait(self, key: str, rate: _Rate) -> float:
        """Seconds until one more may fail; 0.0 for now."""
        return max(0.0, (self._left(key, rate) + 1.0 - rate.burst) * rate.seconds)

    def _left(self, key: str, rate: _Rate) -> float:
        """The failures of ``key`` that are not forgotten yet."""
        spent, at = self._spent.get(key, (0.0, 0.0))
        return max(0.0, spent - (self._clock() - at) / rate.seconds)

    def _spend(self, key: str, rate: _Rate, failures: float) -> None:
        self._spent[key] = (max(0.0, self._left(key, rate) + failures), self._clock())
        self._spent.move_to_end(key)
        while len(self._spent) > _MOST_KEPT:
            self._spent.popitem(last=False)


def _counted(name: str, address: str, device: str | None) -> list[tuple[str, _Rate]]:
    """The counts that an attempt belongs to."""
    if device is not None:
        return [(f"device {device}", _DEVICE)]
    return [
        (f"address {network_of(address)}", _ADDRESS),
        (f"name {_short(name)}", _NAME),
        ("strangers", _STRANGERS),
    ]


def network_of(address: str) -> str:
    """The address, or the /64 network of an IPv6 address, because a stranger can use all addresses of it."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def device_mark(account: Account, old: str | None = None) -> str:
    """The mark for a browser that has logged in to this account. It is invalid after a change of the password or the secret."""
    device = old.partition(".")[0] if old is not None and is_own_device(account, old) else secrets.token_urlsafe(16)
    return f"{device}.{_mac(account, device)}"


def is_own_device(account: Account | None, mark: str) -> bool:
    """Whether ``mark`` was created for this account."""
    device, _, mac = mark.partition(".")
    return account is not None and len(device) == _ID_LENGTH and hmac.compare_digest(mac, _mac(account, device))


def _mac(account: Account, device: str) -> str:
    return hmac.new(account.fingerprint, f"device {device}".encode(), hashlib.sha256).hexdigest()


def _short(name: str) -> str:
    return hashlib.sha256(name.casefold().encode("utf-8", "surrogatepass")).hexdigest()
