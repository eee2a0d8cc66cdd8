"""One request that was refused, everything that may explain it, and a single change to try on it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from hookline.errors import Rejected, UnavailableError
from hookline.pipeline.receive import accept
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source, Verified
    from hookline.providers.scheme import Scheme

__all__ = ["Case", "Hypothesis", "Neighbour", "Trial"]


@record
class Neighbour:
    """Another source of the same project, with what it verifies by."""

    name: str
    path: str
    scheme: Scheme
    secrets: Sequence[Secret]


@record
class Trial:
    """One change, and what it would mean if the signature fitted with it. None leaves a part as it is.

    ``what`` and ``fix`` are sentences for the operator; they hold no secret and no signature. ``{secret}`` stands for the
    name of the secret that fits.
    """

    what: str
    fix: str
    request: Request | None = None
    scheme: Scheme | None = None
    secrets: Sequence[Secret] | None = None


@record
class Case:
    """A request to ``source``, and what it might be verified by.

    ``called`` is the URL that the sender called, where somebody knows it.
    """

    request: Request
    source: Source
    scheme: Scheme
    secrets: Sequence[Secret]
    neighbours: Sequence[Neighbour] = field(default=())
    called: str | None = None

    def refusal(self) -> Rejected | UnavailableError | None:
        """Why the request is not accepted as it is, or None."""
        try:
            accept(self.request, self.source, self.secrets)
        except (Rejected, UnavailableError) as refusal:
            return refusal
        return None

    def verified(self, trial: Trial | None = None) -> Verified | Rejected | UnavailableError:
        """What the scheme says of the signature, with the one change or none."""
        request = self.request if trial is None or trial.request is None else trial.request
        scheme = self.scheme if trial is None or trial.scheme is None else trial.scheme
        secrets = self.secrets if trial is None or trial.secrets is None else trial.secrets
        try:
            return scheme.verify(request, secrets)
        except (Rejected, UnavailableError) as refusal:
            return refusal
        except Exception:  # noqa: BLE001 -- a scheme that fails on a strange request proves nothing by it, and others are to be tried
            return Rejected("signature_mismatch", "the scheme fails on this request")


@record
class Hypothesis:
    """One way in which signatures come not to fit: its stable name, what is looked for, in words, and every trial of it."""

    cause: str
    looked_for: str
    trials: Callable[[Case], Iterator[Trial]]
