"""Dropbox: ``X-Dropbox-Signature``, hex over the body (https://www.dropbox.com/developers/reference/webhooks)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.echo import EchoedParameter
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="dropbox",
    title="Dropbox",
    signed_with="the app's secret",
    scheme=KeyedHash(header="X-Dropbox-Signature"),
    find_id="each-call",
    answer=SuccessAnswer(),
    deadline=10,
    notes="A call says whose files changed and no more: two of the same words are two changes, so that each call is its own event.",
    handshakes=(EchoedParameter(parameter="challenge"),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://www.dropbox.com/developers/reference/webhooks",
    sample=Sample(
        body='{"list_folder": {"accounts": ["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]}, "delta": {"users": [12345678]}}'
    ),
)
