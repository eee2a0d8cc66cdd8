"""Who may call the admin port, and what each caller may do."""

from __future__ import annotations

from enum import Enum

from hookline.record import record

__all__ = ["ADMITTED", "ANYONE", "EVERY_QUEUE", "PRINCIPAL", "AccessKey", "Principal", "Right", "Role", "User"]

PRINCIPAL = "hookline.principal"
"""The key of an ASGI scope that holds the caller's ``Principal``; its value is None for a caller that has not authenticated."""

ADMITTED = "hookline.admitted"
"""The key of an ASGI scope that holds a function, which reports whether the caller would still be accepted. Answers that stream for a long
time call it again and again.
"""

EVERY_QUEUE = "*"
"""An access key has this text instead of queue names when it may reach every queue, including queues that are added later."""


class Right(Enum):
    """What a caller may do.

    ``CONSUME`` and ``OPERATE`` include ``VIEW``, because a caller that cannot find a queue cannot use either of them.
    """

    VIEW = "view"
    """Read queues and their attributes, pages and metrics. The caller receives no messages."""
    CONSUME = "consume"
    """Receive and delete messages, and change how long they stay hidden."""
    OPERATE = "operate"
    """Send, purge, and move messages."""


class Role(Enum):
    """What a person who has logged in may do."""

    VIEWER = "viewer"
    """View everything that is not masked."""
    OPERATOR = "operator"
    """View, consume, replay, move and remove."""

    @property
    def rights(self) -> frozenset[Right]:
        """The rights of this role, on every queue."""
        return frozenset({Right.VIEW}) if self is Role.VIEWER else frozenset(Right)


@record
class Principal:
    """Who a caller of the admin port has proved to be.

    ``key_id`` is the id of the access key that the caller used, for logs and audit records. ``user`` is the person who logged in, with a
    prefix that names where the name comes from: ``user:alice`` is from hookline.toml, ``oidc:alice@example.com`` from an identity provider.
    Both are None only for ``ANYONE``.
    """

    key_id: str | None
    rights: frozenset[Right]
    queues: frozenset[str]
    user: str | None = None

    def may(self, right: Right) -> bool:
        """Whether the principal has this right, on the queues that it may reach."""
        return right in self.rights or (right is Right.VIEW and bool(self.rights))

    def reaches(self, queue: str) -> bool:
        """Whether the principal's rights cover the queue, or dead-letter queue, of this name."""
        return EVERY_QUEUE in self.queues or queue in self.queues

    @property
    def actor(self) -> str:
        """The name of the principal in audit records."""
        if self.user is not None:
            return self.user
        return "anyone, without an access key" if self.key_id is None else f"key:{self.key_id}"

    def __str__(self) -> str:
        return self.user or self.key_id or "anyone"


ANYONE = Principal(key_id=None, rights=frozenset(Right), queues=frozenset({EVERY_QUEUE}))
"""The principal of every caller where no credentials are configured."""


@record
class AccessKey:
    """``[[access]]``: an id, the name of its secret, and what it allows."""

    id: str
    secret_name: str
    rights: frozenset[Right]
    queues: frozenset[str]

    @property
    def principal(self) -> Principal:
        """The principal of a caller that proves this key."""
        return Principal(key_id=self.id, rights=self.rights, queues=self.queues)


@record
class User:
    """``[[users]]``: a person, the hash of the password as it is written in the file, and the role."""

    name: str
    password_hash: str
    role: Role

    @property
    def principal(self) -> Principal:
        """The principal of a person who logs in as this user."""
        return Principal(
            key_id=None, rights=self.role.rights, queues=frozenset({EVERY_QUEUE}), user=f"user:{self.name}"
        )
