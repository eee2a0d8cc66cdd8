"""Reads signing secrets from the SSM parameter store and Secrets Manager."""

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
"""The pause between reads after a read failed and the last good value is used."""

_REFRESH_EVERY = timedelta(seconds=30)
"""The pause between reads after wrong signatures, so that a sender of them cannot cause a read for each."""


_PER_CALL = 10
"""The most names that GetParameters accepts."""

MANAGED = "secretsmanager:"
"""The prefix of a secret's name that Secrets Manager keeps."""

_PASSING = "secrets_unavailable"
_ABOUT_KEYS = re.compile(r"\bkms\b|customer master key", re.IGNORECASE)
"""The stores' errors about a key have it: "Access to KMS is not allowed", "The ciphertext refers to a customer master key that …"."""


class AwsSecrets:
    """Secrets, kept in memory for five minutes.

    ``NAME`` is the parameter ``/hookline/{environment}/NAME``, ``ssm:/path`` another one, ``secretsmanager:id`` a secret there.
    While they cannot be read, the last good values are used; a removed secret is not used any more. Secrets in ``may_be_missing`` are left
    out until they exist; they are read again every 30 seconds.
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
        """The secrets of these names, in this order; UnavailableError names the first missing one."""
        now = self._clock.steady()
        stale = [name for name in names if self._is_stale(name, now)]
        if stale:
            self._renew(stale, now)
        return tuple(self._secret(name) for name in names if name in self._values or name not in self._may_be_missing)

    def at_hand(self, names: Sequence[str]) -> list[bytes]:
        """The values that were read before, without a call to AWS."""
        return [self._values[name] for name in names if name in self._values]

    def learn(self, name: str, value: bytes) -> None:
        """Store in memory a secret that has just arrived, without a call to AWS."""
        self._values[name] = value
        self._good_until[name] = self._clock.steady() + _KEPT_FOR

    def forget(self) -> None:
        """Forget all values: the next read reads each from AWS."""
        for kept in (self._values, self._good_until, self._refreshed):
            kept.clear()

    def _is_stale(self, name: str, now: datetime) -> bool:
        if name not in self._values and name not in self._may_be_missing:
            return True
        return self._good_until.get(name, now) <= now

    def refresh(self, names: Sequence[str], *, at_once: bool = False) -> bool:
        """Whether any of these secrets has changed: then a signature that did not match has to be checked again.

        Each is read at most once in 30 seconds, unless ``at_once``; in between, and when it cannot be read, the answer is False.
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
        """Read these again; if that fails and each of them has a last good value, use those."""
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
        """The values of the secrets that exist, by name."""
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
    """Where a KMS key may not be used, name the setting that grants it; until then the secret cannot be read."""
    try:
        yield
    except UnavailableError as fault:
        if fault.missing_right is None or not _ABOUT_KEYS.search(fault.detail):
            raise
        hint = "the function has no right to decrypt with the KMS key of a secret: name the key in hookline:secretKeys"
        raise UnavailableError(_PASSING, f"{fault.detail}; {hint}") from fault.__cause__


def read_parameters(
    clients: Clients, paths: Iterable[str], *, decrypted: bool, passing: str = "storage_unavailable"
) -> dict[str, Mapping[str, Any]]:  # in botocore's form
    """The parameters that exist, by path; ``passing`` is the code for a temporary fault."""
    found: dict[str, Mapping[str, Any]] = {}
    unique = [*dict.fromkeys(paths)]
    for start in range(0, len(unique), _PER_CALL):
        with translated(passing=passing):
            answer = clients.ssm().get_parameters(Names=unique[start : start + _PER_CALL], WithDecryption=decrypted)
        found |= {one["Name"]: one for one in answer["Parameters"]}
    return found
