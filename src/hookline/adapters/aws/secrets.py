"""Signing secrets from the parameter store and Secrets Manager."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.names import parameter
from hookline.domain.secret import Secret
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from hookline.adapters.aws.clients import Clients
    from hookline.ports.clock import Clock

__all__ = ["MANAGED", "AwsSecrets", "read_parameters"]

_KEPT_FOR = timedelta(seconds=300)
_TRY_AGAIN_AFTER = timedelta(seconds=30)
"""When the last read failed and the last good value is in use."""

_REFRESH_EVERY = timedelta(seconds=30)
"""Anyone who sends false signatures must not make this ask at every one of them."""


_PER_CALL = 10
"""As many as GetParameters takes."""

MANAGED = "secretsmanager:"
"""How the name of a secret begins that Secrets Manager keeps."""

_PASSING = "secrets_unavailable"
_ABOUT_KEYS = re.compile(r"\bkms\b|customer master key", re.IGNORECASE)
"""How the stores say that it is the key: "Access to KMS is not allowed", "The ciphertext refers to a customer master key that …"."""


class AwsSecrets:
    """Secrets, kept in memory for five minutes.

    ``NAME`` is the parameter ``/hookline/{environment}/NAME``, ``ssm:/path`` another one, ``secretsmanager:id`` a secret there.
    While they cannot be read the last good values are used; what was removed is gone at once. Those that ``may_be_missing`` are left
    out until they are there, and looked for again every 30 seconds.
    """

    def __init__(
        self, clients: Clients, *, environment: str, clock: Clock, may_be_missing: Collection[str] = ()
    ) -> None:
        self._may_be_missing = frozenset(may_be_missing)
        self._clients = clients
        self._environment = environment
        self._clock = clock
        self._values: dict[str, bytes] = {}
        self._good_until: dict[str, datetime] = {}
        self._refreshed: dict[str, datetime] = {}

    def read(self, names: Sequence[str]) -> tuple[Secret, ...]:
        """The secrets of these names, in this order; UnavailableError names the first that is not there."""
        now = self._clock.steady()
        stale = [name for name in names if self._is_stale(name, now)]
        if stale:
            self._renew(stale, now)
        return tuple(self._secret(name) for name in names if name in self._values or name not in self._may_be_missing)

    def at_hand(self, names: Sequence[str]) -> list[bytes]:
        """The values of those that were read before, without asking for any."""
        return [self._values[name] for name in names if name in self._values]

    def learn(self, name: str, value: bytes) -> None:
        """Have a secret that has just come, without asking for it."""
        self._values[name] = value
        self._good_until[name] = self._clock.steady() + _KEPT_FOR

    def forget(self) -> None:
        """Keep none: the next read asks for each."""
        for kept in (self._values, self._good_until, self._refreshed):
            kept.clear()

    def _is_stale(self, name: str, now: datetime) -> bool:
        if name not in self._values and name not in self._may_be_missing:
            return True
        return self._good_until.get(name, now) <= now

    def refresh(self, names: Sequence[str], *, at_once: bool = False) -> bool:
        """Whether any of these secrets has another value now: then a signature that did not fit is worth another look.

        Each is asked for at most once in 30 seconds, unless ``at_once``; in between, and when it cannot be read, the answer is False.
        """
        now = self._clock.steady()
        before_that = now if at_once else now - _REFRESH_EVERY
        wanted = [name for name in names if self._refreshed.get(name, before_that) <= before_that]
        if not wanted:
            return False
        self._refreshed.update(dict.fromkeys(wanted, now))
        before = {name: self._values.get(name) for name in wanted}
        try:
            self._renew(wanted, now)
        except UnavailableError:
            return False
        return any(before[name] != self._values.get(name) for name in wanted)

    def _renew(self, names: Sequence[str], now: datetime) -> None:
        """Read these again; if that fails, use the last good values, if each of them has one."""
        try:
            found = self._read(names)
        except UnavailableError:
            if not all(name in self._values for name in names):
                raise
            self._good_until.update(dict.fromkeys(names, now + _TRY_AGAIN_AFTER))
            return
        for name in names:
            self._values.pop(name, None)
        self._values.update(found)
        for name in names:
            self._good_until[name] = now + (_KEPT_FOR if name in found else _TRY_AGAIN_AFTER)

    def _secret(self, name: str) -> Secret:
        value = self._values.get(name)
        if value is None:
            raise UnavailableError(_PASSING, f"there is no secret {name}")
        return Secret(name=name, value=value)

    def _read(self, names: Sequence[str]) -> dict[str, bytes]:
        """What is there, by name."""
        found = self._parameters([name for name in names if not name.startswith(MANAGED)])
        for name in names:
            if name.startswith(MANAGED) and (value := self._managed(name.removeprefix(MANAGED))) is not None:
                found[name] = value
        return found

    def _parameters(self, names: Sequence[str]) -> dict[str, bytes]:
        paths = {name: parameter(name, self._environment) for name in names}
        with _key_named():
            found = read_parameters(self._clients, paths.values(), decrypted=True, passing=_PASSING)
        return {name: found[path]["Value"].encode() for name, path in paths.items() if path in found}

    def _managed(self, secret_id: str) -> bytes | None:
        try:
            with _key_named(), translated(passing=_PASSING, but=("ResourceNotFoundException",)):
                answer: Mapping[str, str | bytes] = self._clients.secretsmanager().get_secret_value(SecretId=secret_id)
        except ClientError:
            return None
        value = answer["SecretString"] if "SecretString" in answer else answer["SecretBinary"]
        return value.encode() if isinstance(value, str) else value


@contextmanager
def _key_named() -> Iterator[None]:
    """Where a KMS key may not be used, say so in words that lead to the setting; until it is granted the secret cannot be read."""
    try:
        yield
    except UnavailableError as fault:
        if fault.missing_right is None or not _ABOUT_KEYS.search(fault.detail):
            raise
        hint = "the function may not decrypt with the KMS key of a secret: name the key in hookline:secretKeys"
        raise UnavailableError(_PASSING, f"{fault.detail}; {hint}") from fault.__cause__


def read_parameters(
    clients: Clients, paths: Iterable[str], *, decrypted: bool, passing: str = "storage_unavailable"
) -> dict[str, Mapping[str, Any]]:  # as botocore has them
    """The parameters that are there, by path; ``passing`` is the code of a fault that may pass."""
    found: dict[str, Mapping[str, Any]] = {}
    unique = [*dict.fromkeys(paths)]
    for start in range(0, len(unique), _PER_CALL):
        with translated(passing=passing):
            answer = clients.ssm().get_parameters(Names=unique[start : start + _PER_CALL], WithDecryption=decrypted)
        found |= {one["Name"]: one for one in answer["Parameters"]}
    return found
