"""Why a signature does not match: hypotheses in a table, tried in order; the first that explains the refusal is the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.source import Verified
from hookline.pipeline.doctor import bodies, schemes, secrets, urls
from hookline.pipeline.doctor.case import Case, Hypothesis, Neighbour
from hookline.pipeline.doctor.clock import apart, at_signed_time
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.errors import Rejected, UnavailableError
    from hookline.pipeline.doctor.case import Trial

__all__ = ["CAUSES", "HYPOTHESES", "Case", "Diagnosis", "Finding", "Hypothesis", "Neighbour", "diagnose"]

HYPOTHESES: Final[Sequence[Hypothesis]] = (
    Hypothesis(
        cause="secret_of_another_source",
        looked_for="the secrets of the other sources",
        trials=secrets.another_sources_secret,
    ),
    Hypothesis(
        cause="secret_spelling",
        looked_for="this source's secrets as text, in hex and in base64, with and without prefix, spaces, quotes and ends of line",
        trials=secrets.secret_spelled_otherwise,
    ),
    Hypothesis(
        cause="header_renamed",
        looked_for="the signature under another header's name",
        trials=schemes.header_renamed,
    ),
    Hypothesis(
        cause="line_end",
        looked_for="a line break or white space added to the body or removed from it",
        trials=bodies.line_end,
    ),
    Hypothesis(
        cause="byte_order_mark",
        looked_for="a byte order mark added to the body or removed from it",
        trials=bodies.mark,
    ),
    Hypothesis(cause="line_ends", looked_for="changed line breaks in the body", trials=bodies.line_ends),
    Hypothesis(
        cause="characters_recoded",
        looked_for="the body in another character encoding",
        trials=bodies.characters_recoded,
    ),
    Hypothesis(cause="compressed", looked_for="a body that was compressed on the way", trials=bodies.compressed),
    Hypothesis(
        cause="wrong_url", looked_for="another scheme, host, port, path or slash in public_url", trials=urls.wrong_url
    ),
    Hypothesis(
        cause="wrong_option",
        looked_for="other options of the source's own scheme",
        trials=schemes.wrong_option,
    ),
    Hypothesis(
        cause="another_source", looked_for="the schemes and secrets of the other sources", trials=schemes.another_source
    ),
    Hypothesis(cause="another_scheme", looked_for="the schemes of all other senders", trials=schemes.another_scheme),
    Hypothesis(
        cause="form_rewritten", looked_for="the form's fields encoded in another way", trials=bodies.form_rewritten
    ),
    Hypothesis(
        cause="json_rewritten",
        looked_for="the body's JSON with other white space, escapes, numbers and order of keys",
        trials=bodies.json_rewritten,
    ),
    Hypothesis(
        cause="signed_otherwise",
        looked_for="every other way to sign that the options can describe",
        trials=schemes.signed_otherwise,
    ),
)
"""The hypotheses in the order in which they are tried: cheap and frequent ones come first."""

_WITHOUT_TRIAL: Final = ("nothing", "shape", "clock", "headers_of_another_scheme", "header_missing", "key_needed")

CAUSES: Final = frozenset({*_WITHOUT_TRIAL, *(hypothesis.cause for hypothesis in HYPOTHESES)})
"""Every cause that can be found; docs/how-to/find-why-a-signature-fails.md has a row for each, and a test compares them."""

_STRIPPED = (
    "Check that the proxies in front pass on all headers: nginx drops names with underscores, gateways and CDNs pass on only "
    "what they are configured to, and some frameworks drop unknown ones. Check at the sender that signing is enabled."
)


@record
class Finding:
    """Why the request was refused: a stable name, what is wrong, and how to fix it. ``secret`` is the name of the secret that fits."""

    cause: str
    what: str
    fix: str
    secret: str | None = None


@record
class Diagnosis:
    """The result. ``refusal`` is None for a request that is accepted; ``checked`` lists, in words, what was checked without success."""

    refusal: Rejected | UnavailableError | None
    finding: Finding | None
    checked: Sequence[str] = ()
    notes: Sequence[str] = ()


def diagnose(case: Case, *, is_time_known: bool = True) -> Diagnosis:
    """The first cause that explains why the request was refused. Never raises, whatever the request is.

    If it is not known when the request was received (``is_time_known``), the time when it was signed is used instead.
    """
    settled = at_signed_time(case)
    refusal = case.refusal() if is_time_known else settled.refusal()
    said = settled.verified()
    lateness = settled.request.received_at - case.request.received_at
    is_late = bool(lateness) and is_time_known
    if isinstance(said, Verified):
        finding = (
            _clock(apart(lateness), said, is_early=lateness.total_seconds() > 0) if is_late else _fits(said, refusal)
        )
        return Diagnosis(refusal=refusal, finding=finding)
    notes = [f"Its timestamp is off too, by {apart(lateness)}."] if is_late else []
    checked: list[str] = []
    for hypothesis in HYPOTHESES:
        for trial in hypothesis.trials(settled):
            if isinstance(found := settled.verified(trial), Verified):
                return Diagnosis(
                    refusal=refusal, finding=_found(hypothesis, trial, found), checked=checked, notes=notes
                )
        checked.append(hypothesis.looked_for)
    return Diagnosis(refusal=refusal, finding=_missing(settled, said), checked=checked, notes=notes)


def _found(hypothesis: Hypothesis, trial: Trial, verified: Verified) -> Finding:
    name = verified.secret or ""
    what, fix = (text if trial.as_written else text.replace("{secret}", name) for text in (trial.what, trial.fix))
    return Finding(cause=hypothesis.cause, what=what, fix=fix, secret=verified.secret)


def _fits(verified: Verified, refusal: Rejected | UnavailableError | None) -> Finding:
    by = f" with the secret {verified.secret}" if verified.secret else ""
    if refusal is None:
        return Finding(
            cause="nothing",
            what=f"The request fits{by}.",
            fix="No action needed: it would be accepted now. `hookline rejected retry` accepts requests that were refused before.",
            secret=verified.secret,
        )
    return Finding(
        cause="shape",
        what=f"The signature fits{by}; the request is refused for another reason: {refusal.detail}.",
        fix=refusal.remedy,
        secret=verified.secret,
    )


def _clock(length: str, verified: Verified, *, is_early: bool) -> Finding:
    return Finding(
        cause="clock",
        what=f"The signature fits, but its time is {length} {'after' if is_early else 'before'} the request was received.",
        fix="Synchronize the clocks of both sides with a time server. If an old request was sent again, have the "
        "sender sign it again.",
        secret=verified.secret,
    )


def _missing(case: Case, said: Rejected | UnavailableError) -> Finding | None:
    """The cause for a request without a signature, or without the key that it needs, if no scheme fits."""
    if said.code == "keys_unavailable":
        return Finding(
            cause="key_needed",
            what="Without the sender's public key the signature cannot be checked.",
            fix="Download the key or the certificate that the request names from the sender, and pass it with --key.",
        )
    if said.code not in ("signature_missing", "timestamp_missing"):
        return None
    if senders := schemes.senders_by_headers(case.request, case.source.scheme):
        names = " or ".join(senders)
        return Finding(
            cause="headers_of_another_scheme",
            what=f'The request has the headers of {names}, but the source says "{case.source.scheme}". No secret of this project matches.',
            fix="Set the source's scheme and secret to those of the sender, or have that sender post to its own "
            f"source ({names}).",
        )
    return Finding(
        cause="header_missing", what=f"A part that is needed for verification is missing: {said.detail}.", fix=_STRIPPED
    )
