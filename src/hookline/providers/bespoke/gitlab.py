"""GitLab's webhooks (https://docs.gitlab.com/user/project/integrations/webhooks/)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.providers.general.standard_webhooks import StandardWebhooks
from hookline.providers.general.token import Token
from hookline.providers.provider import Proves, Provider, Sample
from hookline.providers.scheme import TOLERANCE, choice_of, tolerance_of
from hookline.providers.token_place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "TokenOrSignature"]


class TokenOrSignature(Token):
    """The scheme: the token, or the form that the option ``form`` chooses."""

    __slots__ = ()

    @property
    def options(self) -> frozenset[str]:
        """The form, and the tolerance of the signature."""
        return TOLERANCE | {"form"}

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The token, or the signature by Standard Webhooks."""
        form = choice_of(options, "form", "token", ("signature", "token"))
        return StandardWebhooks(tolerance=tolerance_of(options)) if form == "signature" else self


PROVIDER = Provider(
    name="gitlab",
    title="GitLab",
    signs="a secret token in `X-Gitlab-Token`, or a signing token by Standard Webhooks",
    signed_with="the webhook's secret token; with the form signature, its signing token: whsec_…",
    scheme=TokenOrSignature(place=Place(headers=("X-Gitlab-Token",))),
    proves=Proves.SENDER,
    covers='nothing: the secret itself is in a header of each call; with `form = "signature"` the whole body, its id and the time',
    find_id="header:Idempotency-Key || content-hash",
    find_type="header:X-Gitlab-Event",
    headers=("X-Gitlab-Instance",),
    keeps_id=True,
    max_body=25 * 1024 * 1024,
    max_body_source="https://gitlab.com/gitlab-org/gitlab/-/merge_requests/38687",
    deadline=10,
    retries="never automatically; after 4 failures in a row the webhook pauses, after 40 it is disabled",
    notes='`form = "signature"` verifies the body with the signing token of newer GitLab versions; without it the '
    "token proves nothing about the body. X-Gitlab-Event-UUID is the same in webhooks that trigger each other, "
    "so it does not identify an event.",
    documentation="https://docs.gitlab.com/user/project/integrations/webhooks/",
    sample=Sample(
        body='{"object_kind": "push", "event_name": "push", "before": "95790bf891e76fee5e1747ab589903a6a1f80f22", "after": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "ref": "refs/heads/master", "user_username": "jsmith", "project_id": 15}',
        headers={"X-Gitlab-Event": "Push Hook", "Idempotency-Key": "{id}"},
    ),
)
