"""Who may call the admin port, and what each caller may do."""

from __future__ import annotations

from enum import Enum

from hookline.record import record

__all__ = ["ADMITTED", "ANYONE", "EVERY_QUEUE", "PRINCIPAL", "AccessKey", "Principal", "Right", "Role", "User"]

PRINCIPAL = "hookline.principal"
"""The key of an ASGI scope that carries the ``Principal``; None there for a caller that proved nothing."""

ADMITTED = "hookline.admitted"
"""The key of an ASGI scope that carries a function: whether the caller would still be let in. Answers that go on for long ask it."""

EVERY_QUEUE = "*"
"""What an access key names instead of queues when it may reach all of them, those that are added later included."""


class Right(Enum):
    """What a caller may do. ``CONSUME`` and ``OPERATE`` include ``VIEW``: neither is of use to a caller that finds no queue."""

    VIEW = "view"
    """Look: queues and their attributes, pages, metrics. No message is received."""
    CONSUME = "consume"
    """Receive and delete messages, and change how long they stay hidden."""
    OPERATE = "operate"
    """Send, purge, and move messages."""


class Role(Enum):
    """What a person may do who logs in."""

    VIEWER = "viewer"
    """Look at everything that is not masked."""
    OPERATOR = "operator"
    """Look, consume, replay, move and remove."""

    @property
    def rights(self) -> frozenset[Right]:
        """The rights of this role, on every queue."""
        return frozenset({Right.VIEW}) if self is Role.VIEWER else frozenset(Right)


@record
class Principal:
    """Who a caller of the admin port proved to be.

    ``key_id`` is the id of the access key that was proved, for logs and audit records. ``user`` is the person who logged in, with where
    the name is from: ``user:alice`` of hookline.toml, ``oidc:alice@example.com`` of a provider. Both are None only for ``ANYONE``.
    """

    key_id: str | None
    rights: frozenset[Right]
    queues: frozenset[str]
    user: str | None = None

    def may(self, right: Right) -> bool:
        """Whether the principal has this right, on the queues that it reaches."""
        return right in self.rights or (right is Right.VIEW and bool(self.rights))

    def reaches(self, queue: str) -> bool:
        """Whether the principal's rights cover the queue, or dead-letter queue, of this name."""
        return EVERY_QUEUE in self.queues or queue in self.queues

    @property
    def actor(self) -> str:
        """Who it is for audit records."""
        if self.user is not None:
            return self.user
        return "anyone, without an access key" if self.key_id is None else f"key:{self.key_id}"

    def __str__(self) -> str:
        return self.user or self.key_id or "anyone"


ANYONE = Principal(key_id=None, rights=frozenset(Right), queues=frozenset({EVERY_QUEUE}))
"""Every caller, where no credentials are configured."""


@record
class AccessKey:
    """``[[access]]``: an id, the name of its secret, and what it allows."""

    id: str
    secret_name: str
    rights: frozenset[Right]
    queues: frozenset[str]

    @property
    def principal(self) -> Principal:
        """Who a caller is that proves this key."""
        return Principal(key_id=self.id, rights=self.rights, queues=self.queues)


@record
class User:
    """``[[users]]``: a person, the hash of the password as the file has it, and the role."""

    name: str
    password_hash: str
    role: Role

    @property
    def principal(self) -> Principal:
        """Who a person is that logs in as this user."""
        return Principal(
            key_id=None, rights=self.role.rights, queues=frozenset({EVERY_QUEUE}), user=f"user:{self.name}"
        )
