"""The accounts that may log in: users and access keys with a password, and people of the identity provider."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from hookline.domain.password_hash import PasswordHash
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hookline.domain.access import Principal, User
    from hookline.domain.oidc import OidcSettings
    from hookline.pipeline.access import KnownKey

__all__ = ["PROVIDER_ORIGIN", "Account", "Accounts"]

PROVIDER_ORIGIN: Final = "oidc"
"""The origin of accounts of the identity provider."""

_NOBODYS_SALT: Final = b"\x00" * 16


@record
class Account:
    """An account. ``name`` is its name in audit records.

    ``origin`` names the part of the configuration that allows the account, and ``fingerprint`` its content: if it changes, sessions end.
    """

    name: str
    principal: Principal
    origin: str
    fingerprint: bytes


class Accounts:
    """All accounts that may log in by the current configuration."""

    def __init__(
        self, users: Iterable[User] = (), keys: Iterable[KnownKey] = (), oidc: OidcSettings | None = None
    ) -> None:
        self._users = {user.name.casefold(): (user, PasswordHash.parse(user.password_hash)) for user in users}
        self._keys = {known.key.id: known for known in keys}
        self.oidc = oidc
        # For any entered name one hash is computed, with the same cost as the users' hashes.
        cost = max((one for _, one in self._users.values()), key=lambda one: (one.ln, one.r, one.p), default=None)
        model = cost or PasswordHash(ln=15, r=8, p=3, salt=_NOBODYS_SALT, key=b"")
        self._nobody = PasswordHash(ln=model.ln, r=model.r, p=model.p, salt=_NOBODYS_SALT, key=b"\x00" * 32)

    @property
    def take_passwords(self) -> bool:
        """Whether any account logs in by a password."""
        return bool(self._users or self._keys)

    @property
    def fingerprints(self) -> Mapping[str, bytes]:
        """The fingerprints of all accounts that may log in, by origin."""
        found = {f"user:{user.name}": _of_user(user) for user, _ in self._users.values()}
        found |= {f"key:{key_id}": _of_key(known) for key_id, known in self._keys.items()}
        return found if self.oidc is None else {**found, PROVIDER_ORIGIN: _of_provider(self.oidc)}

    def find(self, name: str) -> Account | None:
        """The account of a user or an access key, without checking the password."""
        if (user := self._users.get(name.casefold())) is not None:
            principal = user[0].principal
            return Account(
                name=principal.actor, principal=principal, origin=principal.actor, fingerprint=_of_user(user[0])
            )
        if (known := self._keys.get(name)) is not None:
            principal = known.key.principal
            return Account(
                name=principal.actor, principal=principal, origin=principal.actor, fingerprint=_of_key(known)
            )
        return None

    def check(self, name: str, password: str) -> Account | None:
        """The account of this name if the password is correct. It takes the same time for an unknown name."""
        user, known = self._users.get(name.casefold()), self._keys.get(name)
        fits = (self._nobody if user is None else user[1]).fits(password)
        if user is None:
            secret = self._nobody.key if known is None else known.secret
            fits = hmac.compare_digest(secret, password.encode("utf-8", "surrogatepass")) and known is not None
        return self.find(name) if fits else None

    def of_provider(self, claims: Mapping[str, object]) -> Account | None:
        """The account for these verified claims; None without a role."""
        if self.oidc is None or (role := self.oidc.role_of(claims)) is None:
            return None
        principal = self.oidc.principal(self.oidc.name_of(claims), role)
        return Account(
            name=principal.actor,
            principal=principal,
            origin=PROVIDER_ORIGIN,
            fingerprint=_of_provider(self.oidc),
        )


def _of_user(user: User) -> bytes:
    return _digest("user", user.name, user.password_hash, user.role.value)


def _of_key(known: KnownKey) -> bytes:
    rights = ",".join(sorted(right.value for right in known.key.rights))
    return _digest("key", known.key.id, known.secret.hex(), rights, "\n".join(sorted(known.key.queues)))


def _of_provider(oidc: OidcSettings) -> bytes:
    return _digest(
        "oidc",
        oidc.issuer,
        oidc.client_id,
        *oidc.role_claim,
        *oidc.name_claim,
        "viewers",
        *sorted(oidc.viewers),
        "operators",
        *sorted(oidc.operators),
    )


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).digest()
