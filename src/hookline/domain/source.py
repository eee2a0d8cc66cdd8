"""Who sends: a path, a verification scheme with its secrets, a schema, and where id, type and time are found."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from hookline.domain.kept_headers import ALWAYS_KEPT
from hookline.domain.reads import NO_MEMBERS, NOTHING
from hookline.record import maker, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from hookline.domain.address import Network
    from hookline.domain.claim import Remembering
    from hookline.domain.event import Json
    from hookline.domain.handshake import Agreed
    from hookline.domain.reads import Members, Reads
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.transaction import TransactionFinder
    from hookline.errors import Complaint

__all__ = [
    "DEFAULT_FAILED_RATE",
    "BodySchema",
    "Confirmation",
    "ConfirmationQuestion",
    "Extractor",
    "Fetch",
    "KeyReference",
    "OnConflict",
    "Source",
    "SuccessAnswer",
    "Verified",
    "Verifier",
    "new_verified",
]


DEFAULT_FAILED_RATE = 100.0
"""The default of ``failed_rate_limit``: more than a sender with a wrong secret repeats, and few enough for the log and the quarantine."""


@record
class KeyReference:
    """A public key that must be fetched: from which sender, and under which name: a key id, or a URL that is known to be the sender's.

    ``place`` chooses one of several places of a sender, such as its sandbox. For a key of a set it is the URL of the set, and ``name`` may
    be "" for all of its keys.
    """

    provider: str
    name: str
    place: str = ""

    @property
    def is_in_set(self) -> bool:
        """Whether ``place`` is the URL of a set of keys."""
        return self.place.startswith("https://")

    @property
    def owner(self) -> str:
        """Whose limit counts the fetches of this key: the sender, or the set that a configuration names."""
        return self.place if self.is_in_set else self.provider


@record
class Confirmation:
    """A source's check with its sender: the sender is asked whether a call is its own, with this secret's credentials, at ``place``."""

    secret_name: str
    place: str


@record
class ConfirmationQuestion:
    """The question to a sender about one call; ``body`` is in the form that its API expects."""

    provider: str
    place: str
    body: bytes

    def __repr__(self) -> str:
        return f"ConfirmationQuestion({self.provider}, {self.place}, {len(self.body)} bytes)"  # the body must not be logged


@record
class Verified:
    """The result of verification: the name of the secret that fits, and the delivery id that the scheme itself carries.

    ``once`` is a signed part that occurs in this call only; schemes whose signature fits more than one body have it. ``content`` is a
    digest of the signed content, where several bodies can have the same content. ``signed_at`` is a signed time that was not compared with
    the current time.
    """

    secret: str | None = None
    delivery_id: str | None = None
    once: str | None = None
    content: bytes | None = None
    signed_at: str | None = None


new_verified = maker(Verified)
"""Creates a ``Verified`` faster than the class does: this runs for each request."""


class Verifier(Protocol):
    """Decides whether the sender itself made a request."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove who sent ``request`` with any one of ``secrets``, or raise Rejected. It raises no other exception."""
        ...


class Extractor(Protocol):
    """Finds one value in a request."""

    def __call__(self, request: Request, document: Json) -> object:
        """The value, or None if the request does not contain it. ``document`` is the parsed body (None where the body is not JSON)."""
        ...


@record
class Fetch:
    """How the records of a source's events are completed from its sender's API.

    The requests use the secret with this name, and the API at ``place``. ``find`` returns what to request for an event; None where an event
    is already complete.
    """

    secret_name: str
    place: str
    find: Extractor


class BodySchema(Protocol):
    """Validates a parsed body."""

    def complaints(self, document: Json, body: bytes | None = None) -> Sequence[Complaint]:
        """Everything that is wrong with ``document``, which is ``body`` parsed, by JSON pointer; empty when it is valid."""
        ...


class OnConflict(StrEnum):
    """The answer to a sender that repeats a known delivery id with another body."""

    REJECT = "reject"
    ACKNOWLEDGE = "acknowledge"


@record
class SuccessAnswer:
    """The answers that a sender accepts as success, where hookline's own would not do: for a new event, and for a known one.

    If ``body`` is None, hookline's own body and media type are sent. With ``is_terse`` a refusal has no body either.
    """

    status: int = 200
    body: bytes | None = None
    media_type: str | None = None
    is_terse: bool = False


@record
class Source:
    """One sender, ready to use: everything in it was checked when the configuration was read.

    If ``answer`` is None, hookline's own is sent. ``max_body`` is in bytes. ``rate_limit`` is in verified requests a second, None for no
    limit; ``failed_rate_limit`` is how many requests a second that fail verification are answered, logged and kept individually.
    ``media_types`` are lower case, without parameters; a body of a type that ends in ``json`` is parsed, any other is kept as bytes.
    ``find_transaction`` is None for senders whose payment events have no mapping yet. ``handshakes`` are the calls that are not events.
    ``max_age`` limits the age of a signed time that verification does not compare with the current time. ``reads_either`` says that the
    source accepts JSON bodies and others, and reads members of the JSON bodies. ``kept_headers`` are added to the message. ``fetch``
    completes the records of its events after they were accepted. ``retention`` is how long its delivered events are kept, None for the
    general setting. ``allow_from`` are the only networks that calls are accepted from; empty: any. A request that contains something of
    ``reads`` twice, with different values, is refused.
    """

    name: str
    path: str
    scheme: str
    verifier: Verifier
    secret_names: tuple[str, ...]
    find_id: Extractor | None
    find_type: Extractor | None
    find_time: Extractor | None
    schema: BodySchema | None = None
    on_conflict: OnConflict = OnConflict.REJECT
    max_body: int = 1024 * 1024
    media_types: frozenset[str] = frozenset({"application/json"})
    rate_limit: float | None = None
    failed_rate_limit: float = DEFAULT_FAILED_RATE
    answer: SuccessAnswer | None = None
    handshakes: tuple[Agreed, ...] = ()
    find_transaction: TransactionFinder | None = None
    reads: Reads = NOTHING
    remembering: Remembering | None = None
    max_age: timedelta | None = None
    reads_either: bool = False
    kept_headers: tuple[str, ...] = ALWAYS_KEPT
    confirmation: Confirmation | None = None
    allow_from: tuple[Network, ...] = ()
    fetch: Fetch | None = None
    retention: timedelta | None = None
    masked: Members = NO_MEMBERS
    """Members of its bodies that are hidden from people who are not operators, each with everything inside it."""

    @property
    def takes_only_containers(self) -> bool:
        """Whether its bodies must be JSON objects or arrays, because a handshake signs other texts with the same key for any caller."""
        return any(agreed.handshake.signs_text for agreed in self.handshakes)

    @property
    def learns_secret(self) -> bool:
        """Whether its sender brings its secret in a handshake, so that the secret may still be missing."""
        return any(agreed.handshake.brings_secret for agreed in self.handshakes)

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods that are answered, POST included, in alphabetical order."""
        return tuple(sorted({"POST", *(agreed.handshake.method for agreed in self.handshakes)}))

    @property
    def token_names(self) -> tuple[str, ...]:
        """The secrets that only handshakes and checks with the sender use, before an event is accepted."""
        asked = () if self.confirmation is None else (self.confirmation.secret_name,)
        names = (*(name for agreed in self.handshakes for name in agreed.secret_names), *asked)
        return tuple(dict.fromkeys(name for name in names if name not in self.secret_names))

    @property
    def all_secret_names(self) -> tuple[str, ...]:
        """All secrets that an answer needs, those of verification, and the secret for fetching records from its sender's API."""
        asked = () if self.fetch is None else (self.fetch.secret_name,)
        return tuple(dict.fromkeys((*self.secret_names, *self.token_names, *asked)))
