"""What a signature covers, derived from a scheme: how long an overheard call can be verified, and whether it can get another id."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hookline.domain.message import is_json_media_type
from hookline.providers.general.signed_text import SignedText
from hookline.providers.provider import Proves
from hookline.providers.scheme import DEFAULT_TOLERANCE, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = [
    "AHEAD",
    "Exposure",
    "Fate",
    "IdPlace",
    "exposure_of",
    "id_places",
    "is_in_header",
    "is_in_json",
    "settled",
    "window_of",
]

AHEAD = DEFAULT_TOLERANCE
"""How far a signed time that is limited by ``max_age`` may be in the future."""

_OR = " || "
_HEADER = "header:"
_OUTSIDE = (_HEADER, "content-hash", "each-call")


class IdPlace(StrEnum):
    """Where a delivery id comes from. ``HEADER``: from a place where another id can be written without changing the signature."""

    SIGNED = "signed"
    BODY = "body"
    HEADER = "header"
    EACH_CALL = "each-call"


def window_of(scheme: Scheme, max_age: timedelta | None = None) -> timedelta | None:
    """How long a call can be verified again after its first arrival, at most; None: as long as the secret is in use.

    A time that is compared with the current time may be as far ahead as behind; a token may also have a lifetime.
    """
    tolerance = getattr(scheme, "tolerance", None) if getattr(scheme, "signs_time", True) else None
    lifetime = getattr(scheme, "lifetime", timedelta())
    windows = [2 * tolerance + lifetime] if isinstance(tolerance, timedelta) else []
    if max_age is not None:
        windows.append(max_age + AHEAD)
    return min(windows, default=None)


def id_places(provider: Provider, scheme: Scheme, expression: str | None) -> Sequence[IdPlace]:
    """Where an id that ``expression`` finds may come from, one place for each alternative; None: verification finds it.

    If the signed text can be cut in another way than the sender did, only an id in JSON is certain to stay the same.
    """
    is_open = _is_open(scheme, has_other_media=not all(map(is_json_media_type, provider.media_types)))
    if expression is None:
        signed = IdPlace.HEADER if is_open else IdPlace.SIGNED
        return (signed,) if provider.carries_id else ()
    return [_place(scheme, one, is_open=is_open) for one in expression.split(_OR)]


def _is_open(scheme: Scheme, *, has_other_media: bool) -> bool:
    """Whether an overheard call can be cut into other parts, or a form into other fields, with the same signature."""
    if isinstance(scheme, SignedText):
        return bool(scheme.open_joints(body_is_open=has_other_media))
    signed = getattr(scheme, "signed", None)
    return isinstance(signed, Signed) and signed.whole_form


def settled(provider: Provider, scheme: object) -> Provider:
    """The entry of a general scheme with the facts that follow from its options: where the id is, and what a signature proves."""
    if id_header := getattr(scheme, "id_header", ""):
        provider = replace(provider, carries_id=True, find_id=f"{_HEADER}{id_header}")
    proves = getattr(scheme, "proves", None)
    return replace(provider, proves=proves) if isinstance(proves, Proves) else provider


def is_in_header(expression: str | None) -> bool:
    """Whether ``expression`` reads a header, first or as an alternative."""
    return expression is not None and any(one.startswith(_HEADER) for one in expression.split(_OR))


def is_in_json(expression: str | None) -> bool:
    """Whether ``expression`` is a JMESPath, first or as an alternative."""
    return expression is not None and not expression.startswith((*_OUTSIDE, "form:"))


class Fate(StrEnum):
    """How hookline treats an overheard call that is sent again."""

    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    MARKED = "repeated"
    EVENT = "accepted"


@record
class Exposure:
    """How hookline treats an overheard call that is sent unchanged, under another id, or with another body.

    None: that is not possible. It can be verified for ``window`` after its first arrival, None for as long as the secret is in use.
    """

    repeated: Fate
    renamed: Fate | None
    altered: Fate | None
    window: timedelta | None


def exposure_of(provider: Provider, scheme: Scheme) -> Exposure:
    """The exposure of this sender's calls if hookline.toml changes nothing."""
    places = id_places(provider, scheme, None if provider.carries_id else provider.find_id)
    is_each_call = any(place is IdPlace.EACH_CALL for place in places)
    is_free = any(place is IdPlace.HEADER for place in places)
    known = Fate.DUPLICATE if provider.unique_body else Fate.MARKED
    return Exposure(
        repeated=Fate.EVENT if is_each_call and not provider.once else Fate.DUPLICATE,
        renamed=known if is_free else None,
        altered=_altered(provider),
        window=window_of(scheme, provider.max_age),
    )


def _altered(provider: Provider) -> Fate | None:
    if provider.proves is Proves.BODY:
        return None
    return Fate.EVENT if provider.proves is Proves.SENDER and not provider.once else Fate.CONFLICT


def _place(scheme: Scheme, expression: str, *, is_open: bool) -> IdPlace:
    if expression == "each-call":
        return IdPlace.EACH_CALL
    if is_open and not is_in_json(expression):
        return IdPlace.HEADER
    if not expression.startswith(_HEADER):
        return IdPlace.BODY
    return IdPlace.SIGNED if isinstance(scheme, SignedText) and _signs(scheme, expression.lower()) else IdPlace.HEADER


def _signs(scheme: SignedText, expression: str) -> bool:
    """Whether the signed text contains this header: by its own name, or as the id."""
    id_itself = frozenset({f"{_HEADER}{scheme.id_header.lower()}"})
    return bool(scheme.template.lower().count(f"{{{expression}}}")) or not id_itself.isdisjoint([expression])
