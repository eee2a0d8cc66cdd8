"""What a signature covers, worked out of a scheme: for how long an overheard call verifies, and whether it may get another id."""

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
"""How far a signed time that is held to ``max_age`` may lie ahead of now."""

_OR = " || "
_HEADER = "header:"
_OUTSIDE = (_HEADER, "content-hash", "each-call")


class IdPlace(StrEnum):
    """Where a delivery id comes from. ``HEADER``: from where somebody else can write another one under the same signature."""

    SIGNED = "signed"
    BODY = "body"
    HEADER = "header"
    EACH_CALL = "each-call"


def window_of(scheme: Scheme, max_age: timedelta | None = None) -> timedelta | None:
    """For how long a call verifies again after it came first, at most; None where it does so for as long as the secret is in use.

    A time that is compared with now may lie as far ahead as behind; a token may have a lifetime besides.
    """
    tolerance = getattr(scheme, "tolerance", None) if getattr(scheme, "signs_time", True) else None
    lifetime = getattr(scheme, "lifetime", timedelta())
    windows = [2 * tolerance + lifetime] if isinstance(tolerance, timedelta) else []
    if max_age is not None:
        windows.append(max_age + AHEAD)
    return min(windows, default=None)


def id_places(provider: Provider, scheme: Scheme, expression: str | None) -> Sequence[IdPlace]:
    """Where an id that ``expression`` finds may come from, one place for each of its alternatives; None: verification finds it.

    What is signed may be cut in another way than the sender did: then only an id in JSON stays what it was.
    """
    is_open = _is_open(scheme, has_other_media=not all(map(is_json_media_type, provider.media_types)))
    if expression is None:
        signed = IdPlace.HEADER if is_open else IdPlace.SIGNED
        return (signed,) if provider.carries_id else ()
    return [_place(scheme, one, is_open=is_open) for one in expression.split(_OR)]


def _is_open(scheme: Scheme, *, has_other_media: bool) -> bool:
    """Whether an overheard call can be cut into other parts, a form into other fields, under the same signature."""
    if isinstance(scheme, SignedText):
        return bool(scheme.open_joints(body_is_open=has_other_media))
    signed = getattr(scheme, "signed", None)
    return isinstance(signed, Signed) and signed.whole_form


def settled(provider: Provider, scheme: object) -> Provider:
    """The entry of a general scheme with what its options settle: where the id is, and what a signature proves."""
    if id_header := getattr(scheme, "id_header", ""):
        provider = replace(provider, carries_id=True, find_id=f"{_HEADER}{id_header}")
    proves = getattr(scheme, "proves", None)
    return replace(provider, proves=proves) if isinstance(proves, Proves) else provider


def is_in_header(expression: str | None) -> bool:
    """Whether ``expression`` looks into a header, first or as an alternative."""
    return expression is not None and any(one.startswith(_HEADER) for one in expression.split(_OR))


def is_in_json(expression: str | None) -> bool:
    """Whether ``expression`` is a JMESPath, first or as an alternative."""
    return expression is not None and not expression.startswith((*_OUTSIDE, "form:"))


class Fate(StrEnum):
    """What becomes of an overheard call."""

    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    MARKED = "repeated"
    EVENT = "accepted"


@record
class Exposure:
    """What an overheard call can do: sent again as it is, under another id, or with another body.

    None: that cannot be done with it. It verifies for ``window`` after it came first, None for as long as the secret is in use.
    """

    repeated: Fate
    renamed: Fate | None
    altered: Fate | None
    window: timedelta | None


def exposure_of(provider: Provider, scheme: Scheme) -> Exposure:
    """What an overheard call of this sender can do where hookline.toml changes nothing."""
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
    """Whether the text holds this header: by its own name, or as the id."""
    id_itself = frozenset({f"{_HEADER}{scheme.id_header.lower()}"})
    return bool(scheme.template.lower().count(f"{{{expression}}}")) or not id_itself.isdisjoint([expression])
