"""The protocol of a scheme, additional abilities of some schemes, and the options that several of them have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from hookline.providers.primitives import too_short
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import KeyReference, Verified

__all__ = [
    "DEFAULT_TOLERANCE",
    "NO_OPTIONS",
    "TOLERANCE",
    "ConfiguredScheme",
    "Confirms",
    "FetchesFromSet",
    "NeedsKey",
    "OptionError",
    "ReadsFields",
    "Scheme",
    "Signed",
    "SignedInside",
    "SignsInside",
    "SignsQuery",
    "SignsUrl",
    "choice_of",
    "has_key_pair",
    "tolerance_of",
    "url_of",
]

DEFAULT_TOLERANCE = timedelta(seconds=300)
"""How far a signed timestamp may be from the current time, before or after (Standard Webhooks, "Verifying webhook authenticity")."""

TOLERANCE: Final = frozenset({"tolerance"})
"""The only option of a scheme that signs a time and needs no other setting."""

NO_OPTIONS: Final[frozenset[str]] = frozenset()


class OptionError(ValueError):
    """An option of ``verify`` is wrong: which one, and why."""

    def __init__(self, option: str, why: str) -> None:
        super().__init__(f"{option}: {why}")
        self.option = option
        self.why = why


class Scheme(Protocol):
    """One way of signing, with its options set."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove who sent ``request`` with any one of ``secrets``, or raise Rejected. Any secret is accepted; an unusable one never fits."""
        ...

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The headers that the real sender would add to ``body``."""
        ...

    def secret_complaint(self, value: bytes) -> str | None:
        """Why this secret cannot be used or is too weak, or None. The text does not contain the value."""
        ...


@record
class ConfiguredScheme(ABC):
    """A base for schemes: it is the entry of the catalogue before any option is set, and creates a source's scheme.

    It has the option ``tolerance`` if the class has a field of that name, and likewise ``public_url``.
    """

    @property
    def options(self) -> frozenset[str]:
        """The options of ``verify`` that it has."""
        return TOLERANCE if hasattr(self, "tolerance") else NO_OPTIONS

    @property
    def needs_url(self) -> bool:
        """Whether it needs the source's ``public_url``."""
        return hasattr(self, "public_url")

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The scheme with the options that were written. Raises OptionError."""
        changes: dict[str, object] = {}
        if "tolerance" in self.options:
            changes["tolerance"] = tolerance_of(options, getattr(self, "tolerance", DEFAULT_TOLERANCE))
        if self.needs_url:
            changes["public_url"] = url_of(options)
        return replace(self, **changes)

    @abstractmethod
    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """See ``Scheme.verify``."""

    @abstractmethod
    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """See ``Scheme.sign``."""

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be long enough."""
        return too_short(value)


class SignedInside(ConfiguredScheme):
    """A base for schemes whose signature is in the body: see ``signed_body``."""

    __slots__ = ()

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme
        """No header, because the body has the signature."""
        return {}


@runtime_checkable
class SignsInside(Protocol):
    """A scheme whose signature is in the body itself, so that signing changes the body."""

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:
        """``body`` with the signature in it."""
        ...


@runtime_checkable
class SignsQuery(Protocol):
    """A scheme whose sender adds something to the URL, and signs that."""

    def signed_query(self, body: bytes, *, secret: bytes, at: datetime) -> str:
        """The query of the URL."""
        ...


@runtime_checkable
class SignsUrl(Protocol):
    """A scheme whose signature may cover the URL that was called, with its query."""

    @property
    def public_url(self) -> str:
        """The URL that the sender calls; empty if the URL is not signed."""
        ...


@runtime_checkable
class NeedsKey(Protocol):
    """A scheme whose sender's public key must be fetched: without the key it accepts no call."""

    def check_before_key(self, request: Request) -> None:
        """Raise Rejected for a call that no key could verify (missing part, other algorithm, wrong time): it must not cause a fetch."""
        ...

    def wanted_key(self, request: Request) -> KeyReference:
        """The key that the request claims to be signed with, or Rejected: the host that it is fetched from is fixed."""
        ...

    def with_key(self, key: bytes) -> Scheme:
        """The scheme that verifies with ``key``, as the sender publishes it."""
        ...


@runtime_checkable
class FetchesFromSet(Protocol):
    """A scheme whose keys are fetched from a URL in its options, for any sender."""

    def owned_by(self, name: str) -> Scheme:
        """A copy of the scheme with the name of the sender, for logs and ``--public-key``."""
        ...


@record
class Signed:
    """The fields that verification reads by name: members of a JSON body, fields of a form, or of the query.

    ``whole_form``: the signature covers every field of a form, but not their order.
    """

    members: tuple[Path, ...] = ()
    form: frozenset[str] = frozenset()
    whole_form: bool = False
    query: frozenset[str] = frozenset()


@runtime_checkable
class ReadsFields(Protocol):
    """A scheme that reads fields by name, where a repeated name would leave open which value was proved."""

    @property
    def signed(self) -> Signed:
        """The fields that it reads."""
        ...


@runtime_checkable
class Confirms(Protocol):
    """A scheme whose sender can be asked whether a call is its own. ``place`` chooses the host."""

    @property
    def place(self) -> str:
        """Which of the sender's hosts is asked."""
        ...

    def question(self, request: Request, secret: bytes) -> bytes:
        """The question to the sender about ``request``, which this secret has verified."""
        ...


def has_key_pair(scheme: object) -> bool:
    """Whether the sender signs with a private key that only it has: verifying costs more, and only a test can sign."""
    return isinstance(scheme, NeedsKey) or bool(getattr(scheme, "is_asymmetric", False))


def tolerance_of(options: Mapping[str, object], default: timedelta = DEFAULT_TOLERANCE) -> timedelta:
    """The option ``tolerance``; raises OptionError unless it is a duration above zero."""
    tolerance = options.get("tolerance", default)
    if not isinstance(tolerance, timedelta) or tolerance <= timedelta(0):
        raise OptionError("tolerance", "must be a duration above zero")
    return tolerance


def choice_of(options: Mapping[str, object], option: str, default: str, known: Collection[str]) -> str:
    """The option, which must be one of ``known``; raises OptionError."""
    value = options.get(option, default)
    if not isinstance(value, str) or value not in known:
        raise OptionError(option, f"must be one of {', '.join(known)}")
    return value


def url_of(options: Mapping[str, object]) -> str:
    """The option ``public_url``; raises OptionError when it is not there, for a scheme that signs it."""
    url = options.get("public_url")
    if not isinstance(url, str) or not url:
        raise OptionError("public_url", "this sender signs the URL that it calls: write it exactly as in its settings")
    return url
