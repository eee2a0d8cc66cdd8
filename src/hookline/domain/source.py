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
"""Requests a second: more than a sender with a wrong secret repeats, and few enough for the log and the quarantine."""


@record
class KeyReference:
    """A public key that has to be fetched: whose, and the sender's own name for it: a key id, or a URL that is known to be the sender's.

    ``place`` says which, where a sender has several, such as its sandbox; for a key of a set, it is the URL of the set, and ``name`` may
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
        """Who answers for what fetching this key costs: the sender, or the set that a configuration names."""
        return self.place if self.is_in_set else self.provider


@record
class Confirmation:
    """That the sender is asked whether a call is its own: with the credentials of this secret, at the ``place`` that it is asked at."""

    secret_name: str
    place: str


@record
class ConfirmationQuestion:
    """What a sender is asked about one call; ``body`` is the question as its API takes it."""

    provider: str
    place: str
    body: bytes

    def __repr__(self) -> str:
        return (
            f"ConfirmationQuestion({self.provider}, {self.place}, {len(self.body)} bytes)"  # the body stays out of logs
        )


@record
class Verified:
    """What verification proved: the name of the secret that fits, and the delivery id that the scheme itself carries.

    ``once`` is a part that the signature covers and that belongs to this call only, from schemes whose signature fits more than one
    body. ``content`` is a digest of what is signed, where the same can be written as several bodies. ``signed_at`` is a time that is
    signed and was not compared with now.
    """

    secret: str | None = None
    delivery_id: str | None = None
    once: str | None = None
    content: bytes | None = None
    signed_at: str | None = None


new_verified = maker(Verified)
"""As ``Verified``, for each request."""


class Verifier(Protocol):
    """Decides whether a request is the sender's own."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove who sent ``request`` with any one of ``secrets``, or raise Rejected. Nothing else comes out."""
        ...


class Extractor(Protocol):
    """Finds one value in a request."""

    def __call__(self, request: Request, document: Json) -> object:
        """The value, or None where there is none. ``document`` is the parsed body (None where the body is not JSON)."""
        ...


@record
class Fetch:
    """That the records of a source's events are completed by its sender's API.

    It is asked with the secret of this name, at the ``place``. ``find`` finds what it is asked for; None where an event needs nothing.
    """

    secret_name: str
    place: str
    find: Extractor


class BodySchema(Protocol):
    """Judges a parsed body."""

    def complaints(self, document: Json, body: bytes | None = None) -> Sequence[Complaint]:
        """All that is wrong with ``document``, which is ``body`` parsed, by JSON pointer; empty when it fits."""
        ...


class OnConflict(StrEnum):
    """What a sender is answered about a known delivery id with another body."""

    REJECT = "reject"
    ACKNOWLEDGE = "acknowledge"


@record
class SuccessAnswer:
    """What a sender takes for success, where that is not hookline's own answer: for what is new and for what was known.

    ``body`` None keeps hookline's own body, and then ``media_type`` is its own too. With ``is_terse`` a refusal has no body either.
    """

    status: int = 200
    body: bytes | None = None
    media_type: str | None = None
    is_terse: bool = False


@record
class Source:
    """One sender, ready to use: everything here was checked when the configuration was read.

    ``answer`` is None for hookline's own. ``max_body`` is in bytes. ``rate_limit`` is in verified requests a second, None for no limit;
    ``failed_rate_limit`` is how many a second that fail verification are answered, logged and kept one by one.
    ``media_types`` are lower case, without parameters; a body of a type that ends in ``json`` is parsed, any other is kept as
    bytes. ``find_transaction`` is None for senders whose payment events nobody has mapped. ``handshakes`` are the calls that are no
    events. ``max_age`` is how old a signed time may be that verification does not compare with now. ``reads_either`` says that the
    source takes bodies that are JSON and others, and looks into the JSON. ``kept_headers`` go on in the message.
    ``fetch`` completes the records of its events after they were accepted.
    ``retention`` is how long its delivered events are kept, None for as long as those of other sources.
    ``allow_from`` are the only networks that calls are taken from; empty: any.
    A request that holds something of ``reads`` twice, with different values, is refused.
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
    """Members of its bodies that are hidden from people who may not operate, each with all that is in it."""

    @property
    def takes_only_containers(self) -> bool:
        """Whether its bodies must be JSON objects or arrays: texts that are none are signed with the key of its bodies, for anyone."""
        return any(agreed.handshake.signs_text for agreed in self.handshakes)

    @property
    def learns_secret(self) -> bool:
        """Whether its sender brings its secret by a handshake, so that it may still be missing."""
        return any(agreed.handshake.brings_secret for agreed in self.handshakes)

    @property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods that are answered, POST among them, in the order of the alphabet."""
        return tuple(sorted({"POST", *(agreed.handshake.method for agreed in self.handshakes)}))

    @property
    def token_names(self) -> tuple[str, ...]:
        """The secrets that only handshakes are answered with, and those that the sender is asked with before it is answered."""
        asked = () if self.confirmation is None else (self.confirmation.secret_name,)
        names = (*(name for agreed in self.handshakes for name in agreed.secret_names), *asked)
        return tuple(dict.fromkeys(name for name in names if name not in self.secret_names))

    @property
    def all_secret_names(self) -> tuple[str, ...]:
        """Those, its own, and the one that its sender's API is asked with for records."""
        asked = () if self.fetch is None else (self.fetch.secret_name,)
        return tuple(dict.fromkeys((*self.secret_names, *self.token_names, *asked)))
