"""``[oidc]``: the identity provider for logging in (OpenID Connect Core 1.0), and the claims that give a person a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.access import EVERY_QUEUE, Principal, Role
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CALLBACK_PATH", "OidcSettings"]

CALLBACK_PATH: Final = "/login/callback"
"""The path, below the admin port's own URL, to which the identity provider redirects browsers."""

_LONGEST_NAME: Final = 200


@record
class OidcSettings:
    """The provider, and hookline's registration there as a client.

    ``secret_name`` names the client's secret; None: hookline is a public client.

    ``role_claim`` and ``name_claim`` are paths into the claims of the ID token, one step for each item. A person with one of ``operators``
    among the values of the role claim is an operator, one with one of ``viewers`` is a viewer; all others are refused.
    """

    issuer: str
    client_id: str
    redirect_url: str
    secret_name: str | None
    role_claim: tuple[str, ...]
    name_claim: tuple[str, ...]
    viewers: frozenset[str]
    operators: frozenset[str]
    scopes: tuple[str, ...]
    label: str

    def role_of(self, claims: Mapping[str, object]) -> Role | None:
        """The role that these verified claims give, the greater one where they give both; None for no role."""
        values = _at(claims, self.role_claim)
        words = values.split() if isinstance(values, str) else values
        held = {word for word in words if isinstance(word, str)} if isinstance(words, list) else set()
        if isinstance(values, str):
            held.add(values)
        if held & self.operators:
            return Role.OPERATOR
        return Role.VIEWER if held & self.viewers else None

    def name_of(self, claims: Mapping[str, object]) -> str:
        """The person's name in audit records: the name claim, or ``sub`` where that claim is missing, unverified or unprintable."""
        name, subject = _at(claims, self.name_claim), str(claims.get("sub"))
        unverified = self.name_claim == ("email",) and claims.get("email_verified") is False
        usable = isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isprintable() and not unverified
        return name if usable and isinstance(name, str) else subject[:_LONGEST_NAME]

    def principal(self, name: str, role: Role) -> Principal:
        """The principal of a person with this name and role."""
        return Principal(key_id=None, rights=role.rights, queues=frozenset({EVERY_QUEUE}), user=f"oidc:{name}")


def _at(claims: Mapping[str, object], path: tuple[str, ...]) -> object:
    found: object = claims
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found
