"""Adobe I/O Events' webhooks (https://developer.adobe.com/events/docs/guides/#security-considerations; @adobe/aio-lib-events).

Adobe signs every event twice, with the same two keys for all of its customers: either signature proves it, and only the first one is read
here. Anyone can make Adobe sign an event, so the source names the client ids that events may be for, and all others are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from hookline.domain.source import KeyReference, Verified
from hookline.errors import Rejected
from hookline.providers.asymmetric import check_installed, decoded
from hookline.providers.bodies import object_in
from hookline.providers.fetched_key import FetchedKeyScheme, own_and_private, signed_by, verified_by
from hookline.providers.primitives import ENCODINGS, any_equal, mismatch, required
from hookline.providers.provider import JSON, Evidence, Provider, Sample
from hookline.providers.scheme import OptionError, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "SignedForRecipient"]

_HEADER = "x-adobe-digital-signature-1"
_PATH = "x-adobe-public-key1-path"
_HOST = "https://static.adobeioevents.com"
_PINNED = re.compile(r"/prod/keys/pub-key-[A-Za-z0-9-]{1,64}\.pem")
_SAMPLE_PATH = "/prod/keys/pub-key-lyTiz3gQe4.pem"
_CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_RECIPIENTS: Final = frozenset({"recipientclientid", "recipient_client_id"})
"""The name that CloudEvents allows, and the older one; Adobe writes both during a transition."""


@record
class SignedForRecipient(FetchedKeyScheme):
    """The scheme of this sender."""

    client_ids: tuple[str, ...] = ()

    @property
    def options(self) -> frozenset[str]:
        """The client ids that events may be for."""
        return frozenset({"client_ids"})

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The scheme with the client ids of the user's own projects."""
        check_installed()
        ids = options.get("client_ids")
        if not isinstance(ids, list) or not ids:
            raise OptionError("client_ids", "must list the client ids of your projects, as Adobe's Console shows them")
        if not all(isinstance(one, str) and _CLIENT_ID.fullmatch(one) for one in ids):
            raise OptionError("client_ids", "must hold only client ids: letters, digits, dots, hyphens and underscores")
        return SignedForRecipient(client_ids=tuple(ids))

    @property
    def signed(self) -> Signed:
        """The recipient, under both names."""
        return Signed(members=tuple((name,) for name in sorted(_RECIPIENTS)))

    def check_before_key(self, request: Request) -> None:
        """Refuse events for another client, and requests without a valid form of signature."""
        if not decoded(required(request, _HEADER), "base64"):
            raise mismatch(_HEADER)
        event = object_in(request.body)
        named = [event[name] for name in event.keys() & _RECIPIENTS]
        if not named or not all(self._is_ours(one) for one in named):
            raise Rejected("signature_mismatch", "recipientclientid is not a client id of this source")

    def wanted_key(self, request: Request) -> KeyReference:
        """The key at the path that the request names, on Adobe's own host."""
        path = required(request, _PATH)
        if not _PINNED.fullmatch(path):
            raise Rejected("signature_mismatch", f"the header {_PATH} does not name a key of Adobe")
        return KeyReference(provider="adobe-io", name=f"{_HOST}{path}")

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Scheme; there are none
        """Prove that Adobe sent the event, for one of the client ids."""
        self.check_before_key(request)
        signature = decoded(required(request, _HEADER), "base64")
        if not verified_by(self.key_for(request), signature, request.body, "sha256"):
            raise mismatch(_HEADER)
        return Verified()

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- as above
        """The headers, by the private key in PEM that ``secret`` is."""
        signature = signed_by(own_and_private(secret)[1], body, "sha256")
        return {_HEADER: ENCODINGS["base64"](signature).decode(), _PATH: _SAMPLE_PATH}

    def secret_complaint(self, value: bytes) -> str | None:  # noqa: ARG002 -- as above
        """Any secret is refused, because this scheme uses none."""
        return "the scheme adobe-io does not use a secret"

    def _is_ours(self, named: object) -> bool:
        written = named.encode("utf-8", "replace") if isinstance(named, str) else b""
        return any_equal(written, map(str.encode, self.client_ids))


PROVIDER = Provider(
    name="adobe-io",
    title="Adobe I/O Events",
    signs="`x-adobe-digital-signature-1`, RSA over the body, by a key of Adobe's own host",
    signed_with="nothing: Adobe signs with its own key",
    scheme=SignedForRecipient(),
    needs_secret=False,
    needs_keys=True,
    media_types=JSON | {"application/cloudevents+json"},
    find_id="eventid || event_id",
    find_type='type || "@type"',
    find_time="time",
    keeps_id=True,
    deadline=10,
    retries="after 1, 2, 4 and 8 minutes, then every 15 minutes, for 24 hours; only after 429 and 5xx (but 505)",
    notes="Adobe signs twice, with two keys, and either signature is enough: the first is verified. Choose single deliveries for the registration, not batches. The challenge that Adobe sends to the address by GET is answered; its second way, a POST with a `validationUrl`, is not signed and is refused.",
    handshake_kinds=(("echo.EchoedParameter", {"parameter": "challenge"}),),
    evidence=Evidence.SDK,
    documentation="https://developer.adobe.com/events/docs/guides/",
    sample=Sample(
        media_type="application/cloudevents+json",
        fresh="eventid",
        body='{"specversion": "1.0", "id": "83b0eac0-56d6-4499-afa6-4dc58ff6ac7f", "source": "acct:aem-p63947-e1249010@adobe.com", "type": "aem.sites.contentFragment.modified", "datacontenttype": "application/json", "dataschema": "https://ns.adobe.com/xdm/aem/sites/events/content-fragment-modified.json", "time": "2025-07-24T13:53:23.994109827Z", "eventid": "b555a1b1-935b-4541-b410-1915775338b5", "recipientclientid": "606d4074c7ea4962aaf3bc2a5ac3b7f9", "data": {"path": "/content/dam/wknd-shared/en/adventures/beervana-portland/beervana-in-portland", "id": "9e1e9835-64c8-42dc-9d36-fbd59e28f753", "properties": [{"name": "price", "changeType": "modified"}]}}',
    ),
)
