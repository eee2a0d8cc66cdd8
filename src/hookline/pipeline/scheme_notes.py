"""Warnings about how sources are verified: what is accepted but proves less than it seems to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.message import is_json_media_type
from hookline.providers import GENERAL, PROVIDERS
from hookline.providers.general.signed_text import SignedText
from hookline.providers.provider import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.config import Config
    from hookline.domain.source import Source

__all__ = ["scheme_notes", "weakness_of"]

_WEAK: Final = {"md5": "MD5", "sha1": "SHA-1"}


def scheme_notes(config: Config) -> Iterator[str]:
    """What an operator should know about the chosen schemes."""
    for source in config.sources:
        if PROVIDERS[source.scheme].evidence is Evidence.UNSURE:
            yield (
                f"the scheme {source.scheme} of {source.name} is experimental: its sender's documentation is incomplete or "
                "contradicts itself. Test it with a real call before you use it"
            )
        if source.scheme in GENERAL and (weakness := weakness_of(source.verifier)):
            yield f"{source.name} is verified by {weakness}: use it only if the sender has no other way to sign"
        if source.scheme in GENERAL and (joint := _open_joint(source)):
            yield (
                f"the template of {source.name} has nothing between {joint}: anyone who overhears a call can split its text at other "
                "places, under the same signature. hookline marks the result as a repeated event; "
                "use such a template only if the sender has no other way to sign"
            )


def _open_joint(source: Source) -> str | None:
    """In words: where the signed text has no clear boundary between two parts."""
    if not isinstance(source.verifier, SignedText):
        return None
    has_other_media = not all(map(is_json_media_type, source.media_types))
    joints = source.verifier.open_joints(body_is_open=has_other_media)
    if not joints:
        return None
    first, second = joints[0]
    return "the fields of {form}" if first == second == "form" else f"{{{first}}} and {{{second}}}"


def weakness_of(scheme: object) -> str | None:
    """In words: why a scheme is weak, if its options choose a form that is known to be weak."""
    algorithm = str(getattr(scheme, "algorithm", ""))
    if getattr(scheme, "is_plain_digest", False):
        return f"a plain {algorithm.upper()} of the secret and the body"
    name = _WEAK.get(algorithm.rpartition("-")[2])
    return f"{name}, which is weak" if name else None
