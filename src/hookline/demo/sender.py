"""Makes deliveries that are signed as by a source's real sender, or intentionally wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hookline.demo.errors import CannotSendError
from hookline.demo.numbering import FixedIdError, fresh_ids, numbered
from hookline.demo.samples import sample_headers, sample_maker
from hookline.providers import PROVIDERS
from hookline.providers.provider import Proves
from hookline.providers.scheme import NeedsKey, SignsInside, has_key_pair
from hookline.providers.signing import signed_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.config import Config
    from hookline.demo.numbering import IdPlace
    from hookline.domain.request import Request
    from hookline.domain.source import Source
    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["Sender", "source_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The sender and its deliveries. ``headers`` are sent unchanged; ``kind`` is the type of a sample, None for the usual one.

    ``tamper`` changes the body after signing, ``stale`` signs with a too old time: both must be refused.
    Raises CannotSendError for ``stale`` where the sender does not sign a time.
    """

    source: Source
    scheme: Scheme
    secret: bytes
    place: IdPlace
    headers: Mapping[str, str]
    kind: str | None = None
    tamper: bool = False
    stale: bool = False

    def __post_init__(self) -> None:
        if self.stale and ("tolerance" not in self.provider.options or not self._tolerance):
            raise CannotSendError(f"{self.provider.name} does not sign a time: --stale cannot be used")

    @property
    def provider(self) -> Provider:
        """The sender's entry in the catalogue."""
        return PROVIDERS[self.source.scheme]

    def with_private_key(self, read_key: Callable[[], bytes] | None) -> Sender:
        """The signing sender, with its secret, or with the user's own private key where the sender has a key pair.

        Raises CannotSendError where that key is missing.
        """
        if not has_key_pair(self.scheme):
            return self
        if read_key is None:
            where = "`hookline serve --public-key`" if isinstance(self.scheme, NeedsKey) else "the source"
            raise CannotSendError(
                f"{self.provider.title} signs with its own private key: make a key pair for your tests, give the public "
                f"half to {where}, and name the environment variable that holds the private half with --private-key-env"
            )
        key = read_key()
        return replace(self, secret=self.secret + b"\n" + key if isinstance(self.scheme, NeedsKey) else key)

    def one(self, body: bytes | None) -> Request:
        """One delivery: the given body, or a new sample. Raises CannotSendError."""
        delivery_id = next(fresh_ids())
        return self._request(self._sample_maker()(delivery_id) if body is None else body, delivery_id)

    def many(self, body: bytes | None, *, duplicates: bool) -> Callable[[str], Request]:
        """A function that creates the delivery for each id, or the same one each time.

        Raises CannotSendError for copies that would all be the same event, unless duplicates are wanted.
        """
        if duplicates:
            same = next(fresh_ids())
            copied = self._sample_maker()(same) if body is None else body
            if isinstance(self.scheme, SignsInside):  # if signed again a second later, the body would differ
                signed = self._request(copied, same)
                return lambda _: signed
            return lambda _: self._request(copied, same)
        make = self._sample_maker() if body is None else self._numbered(body)
        return lambda delivery_id: self._request(make(delivery_id), delivery_id)

    def repeated(self, body: bytes | None) -> Callable[[float], Request]:
        """A function that creates an event's delivery for an attempt, given its seconds after the first, as the sender would.

        A sender that signs each attempt again signs it now; one that repeats the first signature signed it that long ago. The receiver
        compares with its own clock, so the last attempt is always made now, and the first one earlier. Raises CannotSendError.
        """
        first_id = next(fresh_ids())
        made = self._sample_maker()(first_id) if body is None else body
        redelivery = self.provider.redelivery
        signs_anew = redelivery is None or redelivery.signs_anew

        def make(after: float) -> Request:
            delivery_id = next(fresh_ids()) if after and self.provider.keeps_id is False else first_id
            return self._request(made, delivery_id, None if signs_anew else self._now() - timedelta(seconds=after))

        return make

    def _sample_maker(self) -> Callable[[str], bytes]:
        make = sample_maker(self.provider, self.place, self.kind)
        return lambda delivery_id: make(delivery_id, self._now())

    def _numbered(self, body: bytes) -> Callable[[str], bytes]:
        try:
            return numbered(body, self.place, given=self.headers)
        except FixedIdError as fixed:
            raise CannotSendError(
                f"FILE cannot be sent as different events: {fixed}. With --duplicates the same event is sent every time."
            ) from None

    def _request(self, body: bytes, delivery_id: str, at: datetime | None = None) -> Request:
        """The delivery, signed at this time, by default now."""
        given = self.headers.get(self.place.header or "", delivery_id)
        id_header = {self.place.header: given} if self.place.header else {}
        at = at or self._now()
        tampers_with_secret = self.tamper and self.provider.proves not in {Proves.BODY, Proves.CHECKSUM}
        request = signed_request(
            self.source,
            self.scheme,
            _wrong(self.secret) if tampers_with_secret else self.secret,
            body,
            delivery_id=given,
            at=at,
            headers=sample_headers(self.provider, self.kind, given, at) | id_header | dict(self.headers),
        )
        return replace(request, body=request.body + b" ") if self.tamper and not tampers_with_secret else request

    def _now(self) -> datetime:
        """The signing time of the next delivery: now, or a time far outside the source's tolerance."""
        now = datetime.now(UTC)
        lifetime: timedelta = getattr(self.scheme, "lifetime", timedelta(0))
        return now - 2 * self._tolerance - lifetime - timedelta(minutes=1) if self.stale else now

    @property
    def _tolerance(self) -> timedelta:
        found: timedelta = getattr(self.scheme, "tolerance", timedelta(0))
        return found


def source_of(config: Config, name: str) -> Source:
    """The source of this name, or the only source with a scheme of this name. Raises CannotSendError."""
    sources = {source.name: source for source in config.sources}
    by_scheme = [source for source in config.sources if source.scheme == name]
    if name in sources:
        return sources[name]
    if len(by_scheme) == 1:
        return by_scheme[0]
    raise CannotSendError(f"there is no source {name!r}; there are {', '.join(sources)}", option="SOURCE")


def _wrong(secret: bytes) -> bytes:
    """Another secret of the same form, with other last letters."""
    return secret[:-2] + (b"00" if secret[-2:] != b"00" else b"11")
