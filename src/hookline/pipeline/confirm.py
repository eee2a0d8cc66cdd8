"""Asking the sender whether it made a call, if its signature does not cover the body and the source requires this."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.message import is_json_media_type
from hookline.domain.source import ConfirmationQuestion
from hookline.errors import Rejected, UnavailableError
from hookline.providers.scheme import Confirms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.domain.event import Event
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.ports.confirmations import Confirmations

__all__ = ["confirm"]


def confirm(
    request: Request,
    source: Source,
    event: Event,
    read: Callable[[Sequence[str]], Sequence[Secret]],
    confirmations: Confirmations,
) -> None:
    """Return once the sender has confirmed the verified ``request``; ``event`` is the event that was accepted from it.

    Raises Rejected when the sender denies it, UnavailableError when the sender does not answer or a secret cannot be read: then nothing is
    accepted.
    """
    confirmation = source.confirmation
    if confirmation is None:
        return
    if not is_json_media_type(event.content_type):  # other text could change the question around it
        raise Rejected("signature_mismatch", "only a JSON body can be confirmed by its sender")
    found = {secret.name: secret for secret in read((*source.secret_names, confirmation.secret_name))}
    own, credentials = found.get(event.metadata.get("secret", "")), found.get(confirmation.secret_name)
    if own is None or credentials is None or not isinstance(source.verifier, Confirms):
        raise UnavailableError("confirmation_unavailable", "the secrets for the sender's API are missing")
    question = ConfirmationQuestion(
        provider=source.scheme, place=confirmation.place, body=source.verifier.question(request, own.value)
    )
    if not confirmations.confirm(question, credentials):
        raise Rejected("signature_mismatch", "the sender says that it did not send this call")
