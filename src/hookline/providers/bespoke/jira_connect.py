"""Webhooks of Jira and Confluence to an app built with Atlassian Connect (https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/).

The token is for one method, path and query (``qsh``) and proves nothing about the body.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

from hookline.providers.primitives import any_equal
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.token_place import Place
from hookline.providers.web_token import SharedKeyToken
from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.providers.web_token import ReadToken

__all__ = ["PROVIDER", "TokenForRequest"]

_HASH = "qsh"
_MOST_FIELDS = 100


@record
class TokenForRequest(SharedKeyToken):
    """The scheme: the token contains a digest of the called method, path and query.

    The audience is not checked, because each installation has a separate secret.
    """

    public_url: str = ""

    def check(self, token: ReadToken, request: Request) -> None:
        """See ``WebToken.check``; also refuses a token for another call.

        A token for pages in the browser (``context-qsh``) is refused too.
        """
        own = {name: value for name, value in token.claims.items() if name != "aud"}
        SharedKeyToken.check(self, replace(token, claims=own), request)
        stated = own.get(_HASH)
        called = _hash(request.method, self.public_url, request.query)
        if not isinstance(stated, str) or not any_equal(called.encode(), [stated.encode("utf-8", "replace")]):
            raise self.refused("is for another method, path or query (qsh)")

    def claims_for(self, body: bytes, *, delivery_id: str, at: datetime) -> dict[str, object]:
        """See ``WebToken.claims_for``: for a POST without a query."""
        claims = SharedKeyToken.claims_for(self, body, delivery_id=delivery_id, at=at)
        return {**claims, "iss": "an-installation", _HASH: _hash("POST", self.public_url, "")}


def _hash(method: str, public_url: str, query: str) -> str:
    """The digest of a call: sorted names, each with its sorted values joined by commas, without the token itself."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        pairs = []
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name != "jwt":
            values.setdefault(name, []).append(value)
    fields = sorted((_quoted(name), ",".join(map(_quoted, sorted(own)))) for name, own in values.items())
    path = "/" + urlsplit(public_url).path.strip("/").replace("&", "%26")
    canonical = f"{method.upper()}&{path}&{'&'.join(f'{name}={own}' for name, own in fields)}"
    return hashlib.sha256(canonical.encode("utf-8", "replace")).hexdigest()


def _quoted(text: str) -> str:
    return quote(text, safe="~")


PROVIDER = Provider(
    name="jira-connect",
    title="Jira and Confluence, apps built with Atlassian Connect",
    signs="a JWT (HS256) in `Authorization: JWT …`, over the method, path and query of the call",
    signed_with="the sharedSecret of the installation",
    scheme=TokenForRequest(algorithms=("HS256",), place=Place(headers=("Authorization",), prefix="JWT ")),
    proves=Proves.SENDER,
    covers="the token in the header, for the called path and query and some minutes; no part of the body",
    find_id="header:X-Atlassian-Webhook-Identifier || content-hash",
    find_type="webhookEvent || event || 'webhook'",
    find_time="timestamp",
    keeps_id=True,
    notes="The secret arrives with the `installed` callback of the app, which is signed in another way and which "
    "your app has to answer. `public_url` must have the path that the app's descriptor has after its baseUrl. "
    "Webhooks that a user of Jira creates are signed as [jira](#jira) is.",
    evidence=Evidence.SDK,
    documentation="https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/",
    sample=Sample(
        body='{"timestamp": 1606480436302, "webhookEvent": "jira:issue_created", "issue_event_type_name": "issue_created", "user": {"accountId": "99:27935d01-92a7-4687-8272-a9b8d3b2ae2e"}, "issue": {"id": "99291", "key": "JRA-20002", "fields": {"summary": "I feel the need for speed"}}}',
        headers={"X-Atlassian-Webhook-Identifier": "{id}"},
    ),
)
