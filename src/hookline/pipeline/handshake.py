"""Handshakes: calls of a sender that are not events, answered before anything is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.errors import Rejected
from hookline.pipeline.ambiguous import refuse_ambiguous_handshake
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.domain.handshake import Agreed, Caller, Reply
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Source
    from hookline.ports.handshake_secrets import HandshakeSecrets
    from hookline.ports.url_fetcher import UrlFetcher

__all__ = ["HandshakeEffects", "answer_handshake", "find_handshake"]


def find_handshake(request: Request, source: Source) -> Agreed | None:
    """The handshake of this source that ``request`` is, valid or not; None if the request may be an event.

    Raises Rejected if the method is only for handshakes and the call is not one.
    """
    for agreed in source.handshakes:
        if agreed.handshake.method == request.method and agreed.handshake.is_one(request):
            return agreed
    if request.method != "POST" and request.method in source.methods:
        raise Rejected("handshake_invalid", f"a {request.method} call here must be a handshake of this source")
    return None


def answer_handshake(
    request: Request, source: Source, agreed: Agreed, read: Callable[[Sequence[str]], Sequence[Secret]]
) -> Reply:
    """The answer to ``request``, which is a handshake of the kind ``agreed``. ``read`` reads secrets by name.

    Raises Rejected for a handshake that is invalid or cannot be verified.
    """
    secrets = _proved(request, source, agreed, read)
    _check_names(request, source, agreed)
    return agreed.handshake.answer(request, secrets)


def _check_names(request: Request, source: Source, agreed: Agreed) -> None:
    """Refuse a body that could be read in two ways; an unverified one is only refused as an invalid handshake."""
    if not agreed.handshake.members:
        return
    try:
        refuse_ambiguous_handshake(request, source)
    except Rejected as refused:
        if agreed.handshake.is_signed:
            raise
        raise Rejected("handshake_invalid", refused.detail, complaints=refused.complaints) from None


def _proved(
    request: Request, source: Source, agreed: Agreed, read: Callable[[Sequence[str]], Sequence[Secret]]
) -> Sequence[Secret]:
    """The secrets for the answer.

    A signed call must be verified first: its answer uses the secret that fits, or its separate token.
    """
    if not agreed.handshake.is_signed:
        return read(agreed.secret_names)
    secrets = read(source.secret_names)
    verified = source.verifier.verify(request, secrets)
    if not set(agreed.secret_names) <= set(source.secret_names):
        return read(agreed.secret_names)
    return [secret for secret in secrets if secret.name == verified.secret]


@record
class HandshakeEffects:
    """Actions that some handshakes require before they are answered."""

    handshake_secrets: HandshakeSecrets
    url_fetcher: UrlFetcher

    def apply(self, reply: Reply, source: Source, caller: Caller) -> str | None:
        """Perform the action; returns the name under which an arrived secret was stored, if one arrived.

        Raises Rejected ``handshake_refused`` for a secret that is not expected, or not from this caller.
        """
        if reply.fetch_url is not None:
            self.url_fetcher.fetch(reply.fetch_url)
        if reply.secret is None:
            return None
        name = self.handshake_secrets.keep(source.name, source.secret_names, reply.secret, caller)
        if name is None:
            raise Rejected("handshake_refused", "this source does not expect a secret now, or not from this caller")
        return name
