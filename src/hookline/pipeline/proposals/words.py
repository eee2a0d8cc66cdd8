"""Proposals for people, as blocks of hookline.toml with comments, and for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.config.units import duration_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.pipeline.proposals import Proposal, Proposals

__all__ = ["proposals_document", "proposals_lines"]

_LIMIT = "The search reached its limit: the body is large, or there are many headers. Other explanations are possible."


def proposals_document(name: str, proposals: Proposals) -> dict[str, object]:
    """The proposals as a document, for the source ``name``."""
    return {
        "source": name,
        "proposals": [_document(one) for one in proposals.found],
        "tried": list(proposals.tried),
        "limited": proposals.is_cut,
    }


def _document(proposal: Proposal) -> dict[str, object]:
    return {
        "scheme": proposal.scheme,
        "options": _plain(proposal.options),
        "secret": proposal.secret,
        "proves": proposal.proves,
        "unsigned": list(proposal.unsigned),
        "overheard": proposal.overheard,
        "weakness": proposal.weakness or None,
        "notes": list(proposal.notes),
        "same": list(proposal.same),
        "toml": proposal.block,
    }


def _plain(options: Mapping[str, object]) -> dict[str, object]:
    return {name: duration_text(value) if isinstance(value, timedelta) else value for name, value in options.items()}


def proposals_lines(proposals: Proposals) -> list[str]:
    """The proposals for a person: comments about what each proves and does not prove, then its block. If there are none, what was tried."""
    if not proposals.found:
        head = "No configuration matches. These were tried, and do not explain the request:"
        rest = "Possible causes: another secret, a body that was changed on the way, or a scheme that the options cannot describe."
        return [head, *(f"  {words}" for words in proposals.tried), *([_LIMIT] if proposals.is_cut else []), rest]
    count = len(proposals.found)
    lines: list[str] = []
    for number, one in enumerate(proposals.found, 1):
        lines += [
            "",
            *(f"# {comment}" for comment in _comments(number, count, one)),
            *one.block.rstrip("\n").split("\n"),
        ]
    return [*lines[1:], *(["", f"# {_LIMIT}"] if proposals.is_cut else [])]


def _comments(number: int, count: int, proposal: Proposal) -> list[str]:
    same = f" {', '.join(proposal.same)} would match too: use the sender's own name." if proposal.same else ""
    weak = (
        [f"WEAK: {proposal.weakness}. Use it only if the sender has no other way to sign."] if proposal.weakness else []
    )
    return [
        f"Proposal {number} of {count}: signed is {proposal.proves}.{same}",
        *weak,
        f"Not signed: {'; '.join(proposal.unsigned) or 'no part of this call'}.",
        f"An overheard call {proposal.overheard}. It can be verified for {proposal.verifies_for}.",
        *(f"One request does not show: {note}." for note in proposal.notes),
    ]
