"""The schedules of the senders that are known by name, each with the page that it was read from.

Where a page says only that the pauses grow, the schedule is hookline's assumption (``documented = False``): pauses that double, within the
time and the number of tries that the page does name.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.providers.redelivery import Redelivery

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REDELIVERIES"]

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
_DAY: Final = 86_400.0
_OK: Final = frozenset({200})
_GONE: Final = frozenset({410})
_CLIENT_ERRORS: Final = frozenset(range(400, 500))
_NOT_SERVER_ERRORS: Final = frozenset(range(300, 500))
_UNSAID: Final = 4 * _HOUR
"""The total that is assumed where a page names none: the shortest that other senders with growing pauses have."""


def _growing(total: float = _UNSAID, *, disables: str = "", at_end: bool = False) -> Redelivery:
    """Assumed: pauses from a minute that double up to four hours, within ``total``."""
    waits = tuple(_MINUTE * 2**number for number in range(8))
    return Redelivery(
        waits=waits, every=4 * _HOUR, total=total, disables=disables, disables_at_end=at_end, documented=False
    )


def _doubling(count: int, total: float) -> Redelivery:
    """Assumed: so many pauses, each twice the one before, the last of which ends with ``total``."""
    first = total / (2**count - 1)
    waits = tuple(float(round(first * 2**number)) for number in range(count))
    return Redelivery(waits=waits, documented=False)


_SVIX = Redelivery(
    waits=(5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 10 * _HOUR),
    deadline=15,
    disables="after 5 days in which every try failed the endpoint is disabled",
    source="https://docs.svix.com/retries",
)
_ADYEN = Redelivery(
    waits=(9, 9, 9, 120, 300, 600, 900, 1800, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR),
    every=8 * _HOUR,
    total=30 * _DAY,
    signs_anew=False,
    source="https://docs.adyen.com/development-resources/webhooks/troubleshoot",
)
_PAYMONGO = replace(
    _doubling(12, 136.5 * _MINUTE), disables="after three events in a row that failed each time the webhook is disabled"
)
_RECHARGE = replace(
    _growing(2 * _DAY, disables="after 20 failures in 48 hours the subscription is deleted", at_end=True), success=_OK
)

REDELIVERIES: Final[Mapping[str, Redelivery]] = MappingProxyType(
    {
        "adobe-io": Redelivery(
            waits=(_MINUTE, 2 * _MINUTE, 4 * _MINUTE, 8 * _MINUTE),
            every=15 * _MINUTE,
            total=_DAY,
            stops=(_NOT_SERVER_ERRORS | {505}) - {429},
            disables="where over 80% of at least 10 deliveries failed within 24 hours the registration is disabled",
            source="https://developer.adobe.com/events/docs/guides/",
        ),
        "adyen": _ADYEN,
        "adyen-header": _ADYEN,
        "affirm": Redelivery(source="https://docs.affirm.com/developers/docs/webhooks"),
        "aftership": Redelivery(
            waits=tuple(30.0 * 2**number for number in range(13)),
            source="https://developers.aftership.com/reference/webhook",
        ),
        "airwallex": replace(_growing(3 * _DAY), success=_OK),
        "asana": _growing(_DAY, disables="after 24 hours of failures the webhook is deleted", at_end=True),
        "attentive": _growing(3 * _DAY),
        "aws-sns": Redelivery(
            waits=(20, 20, 20),
            stops=_CLIENT_ERRORS - {429},
            signs_anew=False,
            source="https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.retry.html",
        ),
        "azure-event-grid": Redelivery(
            waits=(10, 30, _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR),
            every=12 * _HOUR,
            total=_DAY,
            source="https://learn.microsoft.com/en-us/azure/event-grid/delivery-and-retry",
        ),
        "bigcommerce": replace(
            _growing(2 * _DAY, disables="after 48 hours of failures the webhook is deactivated", at_end=True),
            success=_OK,
        ),
        "bitbucket": Redelivery(waits=(_MINUTE, 2 * _MINUTE), stops=_NOT_SERVER_ERRORS, documented=False),
        "box": Redelivery(
            waits=tuple(5 * _MINUTE * 2**number for number in range(10)),
            documented=False,
            source="https://developer.box.com/guides/webhooks/v2/",
        ),
        "bolt": replace(_growing(), total=None, success=_OK),
        "braintree": Redelivery(
            waits=(_HOUR,) * 24,
            source="https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
        ),
        "btcpay-server": Redelivery(
            waits=(10, _MINUTE, *(10 * _MINUTE,) * 6),
            source="https://docs.btcpayserver.org/API/Greenfield/v1/#tag/Webhooks",
        ),
        "calendly": _growing(_DAY, disables="after 24 hours of failures the webhook is disabled", at_end=True),
        "chargebee": Redelivery(
            waits=(2 * _MINUTE, 6 * _MINUTE, 30 * _MINUTE, _HOUR, 5 * _HOUR, _DAY, 2 * _DAY),
            source="https://www.chargebee.com/docs/2.0/webhook_settings.html",
        ),
        "checkout-com": Redelivery(
            waits=(5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 4 * _HOUR, 12 * _HOUR, 12 * _HOUR),
            source="https://www.checkout.com/docs/developer-resources/event-notifications/receive-webhooks",
            documented=False,
        ),
        "circle": Redelivery(
            waits=(1, 10, 30, _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 5 * _HOUR, 6 * _HOUR, 10 * _HOUR, 11 * _HOUR),
            source="https://developers.circle.com/cpn/references/webhook-retries",
        ),
        "circleci": _growing(),
        "clerk": _SVIX,
        "clickup": replace(
            _doubling(5, _UNSAID),
            disables="410 suspends the webhook at once, and so do 100 events that failed",
            disables_on=_GONE,
            source="https://developer.clickup.com/docs/webhookhealth",
        ),
        "close": Redelivery(
            waits=tuple(_MINUTE * 2**number for number in range(5)),
            every=20 * _MINUTE,
            total=3 * _DAY,
            documented=False,
        ),
        "cloudsignal": replace(_growing(7 * _DAY), success=frozenset({200, 204})),
        "coinbase-commerce": Redelivery(
            waits=tuple(_MINUTE * 2**number for number in range(6)),
            every=_HOUR,
            total=3 * _DAY,
            success=_OK,
            documented=False,
        ),
        "commercelayer": replace(
            _doubling(10, _UNSAID), disables="after 30 failures in a row the webhook is disabled", disables_after=30
        ),
        "complycube": replace(
            _doubling(10, _DAY), disables="after all tries have failed the webhook is disabled", disables_at_end=True
        ),
        "customer-io": _growing(7 * _DAY),
        "deepgram": Redelivery(waits=(30,) * 10, source="https://developers.deepgram.com/docs/callback"),
        "discord": _growing(10 * _MINUTE, disables="where it goes on, sending of events stops"),
        "emailit": Redelivery(
            waits=(5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, *(12 * _HOUR,) * 6),
            disables="after about three days of failures the webhook is disabled",
            source="https://emailit.com/docs/webhooks/retries-and-failures",
        ),
        "envoy": _doubling(5, 10 * _MINUTE),
        "fastspring": replace(_growing(), total=None, success=_OK),
        "figma": Redelivery(
            waits=(5 * _MINUTE, 30 * _MINUTE, 3 * _HOUR), source="https://developers.figma.com/docs/rest-api/webhooks/"
        ),
        "fireblocks": Redelivery(
            waits=(10, 30, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR),
            success=_OK,
            stops=_CLIENT_ERRORS - {408, 429},
            source="https://developers.fireblocks.com/reference/webhooks-gettingstarted-responsesretries",
            documented=False,
        ),
        "framer": replace(
            _doubling(5, _UNSAID), source="https://www.framer.com/help/articles/framer-form-webhook-setup"
        ),
        "gemini": _growing(_DAY),
        "github": Redelivery(
            source="https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries"
        ),
        "gitlab": Redelivery(
            disables="after 4 failures in a row the webhook pauses, after 40 it is disabled",
            source="https://docs.gitlab.com/user/project/integrations/webhooks/",
        ),
        "gocardless": Redelivery(
            waits=tuple(_MINUTE * 2**number for number in range(8)),
            documented=False,
            source="https://support.gocardless.com/hc/en-nz/articles/360000989989-Webhook-retries-failures",
        ),
        "google-pubsub": _growing(7 * _DAY),
        "greenhouse": Redelivery(
            waits=(_MINUTE, 15 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR),
            success=_OK,
            source="https://developers.greenhouse.io/webhooks.html",
        ),
        "hubspot": _doubling(10, _DAY),
        "jira": Redelivery(waits=(10 * _MINUTE,) * 5, documented=False),
        "knock": _doubling(8, _UNSAID),
        "lemon-squeezy": Redelivery(
            waits=(5, 25, 125), success=_OK, source="https://docs.lemonsqueezy.com/help/webhooks/webhook-requests"
        ),
        "linear": Redelivery(
            waits=(_MINUTE, _HOUR, 6 * _HOUR),
            success=_OK,
            disables="the webhook may be disabled when it goes on",
            source="https://linear.app/developers/webhooks",
        ),
        "linkedin": Redelivery(
            every=5 * _MINUTE,
            total=8 * _HOUR,
            source="https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation",
        ),
        "lithic": _growing(disables="after 5 days of failures the subscription is disabled"),
        "mailchimp": replace(
            _growing(75 * _MINUTE, disables="410 disables the webhook at once"),
            disables_on=_GONE,
            source="https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/",
        ),
        "mailerlite": Redelivery(waits=(10, 100, 1000), source="https://developers.mailerlite.com/docs/webhooks"),
        "mailgun": Redelivery(
            waits=(5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, _HOUR, 2 * _HOUR, 4 * _HOUR),
            success=_OK,
            stops=frozenset({406}),
            source="https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-retries",
        ),
        "marqeta": Redelivery(
            waits=tuple(4.0**number for number in range(1, 11)),
            success=_OK,
            source="https://www.marqeta.com/docs/developer-guides/about-webhooks",
            documented=False,
        ),
        "mercado-pago": replace(_growing(_DAY), waits=(15 * _MINUTE,) * 3, signs_anew=False),
        "meta": _growing(36 * _HOUR),
        "metronome": Redelivery(
            waits=(_MINUTE, 2 * _MINUTE, 4 * _MINUTE, 8 * _MINUTE), every=15 * _MINUTE, total=2 * _DAY, documented=False
        ),
        "microsoft-graph": _growing(4 * _HOUR),
        "mollie-classic": _doubling(10, 26 * _HOUR),
        "monday": Redelivery(
            waits=(_MINUTE,) * 30,
            success=_OK,
            source="https://developer.monday.com/apps/changelog/clarification-on-retry-policies-for-webhooks-and-custom-actions",
        ),
        "moonpay": _growing(),
        "mux": replace(_growing(_DAY), source="https://mux.com/docs/core/listen-for-webhooks"),
        "nmi": Redelivery(
            waits=(
                15,
                *(_MINUTE,) * 3,
                5 * _MINUTE,
                15 * _MINUTE,
                30 * _MINUTE,
                *(_HOUR,) * 10,
                12 * _HOUR,
                12 * _HOUR,
                _DAY,
            ),
            success=_OK,
            source="https://docs.nmi.com/reference/retry-logic",
        ),
        "nuvemshop": Redelivery(
            waits=(0, 5 * _MINUTE, *(15 * _MINUTE * 1.4**number for number in range(-1, 14))),
            total=2 * _DAY,
            documented=False,
        ),
        "nylas": Redelivery(waits=(5 * _MINUTE, 5 * _MINUTE), documented=False),
        "okta": Redelivery(waits=(0,), stops=_NOT_SERVER_ERRORS, documented=False),
        "openai": _growing(3 * _DAY),
        "orum-io": _doubling(15, _DAY),
        "paddle": replace(_growing(3 * _DAY), success=_OK),
        "paymongo": _PAYMONGO,
        "paymongo-test": _PAYMONGO,
        "paypal": _growing(3 * _DAY),
        "paystack": Redelivery(
            waits=(3 * _MINUTE,) * 3,
            every=_HOUR,
            total=72 * _HOUR,
            success=_OK,
            source="https://paystack.com/docs/payments/webhooks/",
        ),
        "persona": _doubling(7, _UNSAID),
        "picqer": replace(
            _doubling(14, 17 * _HOUR), disables="after 5 events that failed so in 24 hours the hook is deactivated"
        ),
        "pipedrive": Redelivery(
            waits=(3, 30, 150),
            disables="after three days without a success the webhook is deleted",
            source="https://pipedrive.readme.io/docs/guide-for-webhooks-v2",
        ),
        "plaid": _growing(_DAY),
        "postmark": Redelivery(
            waits=(60, 300, 600, 600, 600, 900, 1800, _HOUR, 2 * _HOUR, 6 * _HOUR),
            success=_OK,
            stops=frozenset({403}),
            source="https://postmarkapp.com/support/article/understanding-inbound-webhook-retries-in-postmark",
        ),
        "quickbooks": Redelivery(
            waits=(10, 20, 30, 5 * _MINUTE, 20 * _MINUTE, 2 * _HOUR, 4 * _HOUR, 6 * _HOUR),
            every=6 * _HOUR,
            success=_OK,
            source="https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks/best-practices",
        ),
        "razorpay": _growing(_DAY, disables="after 24 hours of failures the webhook is disabled", at_end=True),
        "recharge": _RECHARGE,
        "recharge-legacy": _RECHARGE,
        "recurly": Redelivery(
            waits=tuple(10.0 + number * 2 ** (number + 5) for number in range(10)),
            source="https://docs.recurly.com/recurly-subscriptions/docs/automatic-retries",
        ),
        "resend": replace(_SVIX, source="https://resend.com/docs/webhooks/retries-and-replays"),
        "retell": replace(_doubling(3, _UNSAID), source="https://docs.retellai.com/features/webhook-overview"),
        "revenuecat": Redelivery(
            waits=tuple(_MINUTE * 5 * 2**number for number in range(5)),
            success=_OK,
            source="https://www.revenuecat.com/docs/integrations/webhooks",
        ),
        "revolut": Redelivery(
            waits=(10 * _MINUTE,) * 3,
            source="https://developer.revolut.com/docs/guides/merchant/monitor-and-observe/webhooks/using-webhooks",
            documented=False,
        ),
        "sanity": Redelivery(
            waits=(30, 30),
            stops=_NOT_SERVER_ERRORS - {429},
            source="https://www.sanity.io/docs/changelog/50ec6abf-fe0c-475b-ae72-314148860132",
        ),
        "savvycal": replace(_growing(), source="https://developers.savvycal.com/webhooks"),
        "sendgrid": _growing(_DAY),
        "shipbob": replace(_SVIX, deadline=None, source="https://developer.shipbob.com/2026-01/webhooks"),
        "shopify": replace(
            _doubling(8, 4 * _HOUR),
            disables="after 8 failures in a row a subscription that was made by the API is deleted",
            disables_at_end=True,
        ),
        "shopline": replace(
            _growing(2 * _DAY, disables="after 19 failures the subscription is removed", at_end=True), success=_OK
        ),
        "slack": Redelivery(
            waits=(0, _MINUTE, 5 * _MINUTE),
            disables="where 95 of 100 deliveries fail within an hour, events are switched off",
            source="https://docs.slack.dev/apis/events-api/#failure_conditions",
        ),
        "smartcar": _growing(),
        "smile-api": Redelivery(waits=(3, 3), documented=False),
        "square": _growing(_DAY, disables="after three weeks without any 2xx the subscription is disabled"),
        "standard-webhooks": replace(_SVIX, deadline=None, disables="", documented=False, source=""),
        "stripe": _growing(3 * _DAY),
        "stytch": _SVIX,
        "svix": replace(_SVIX, deadline=None),
        "synctera": _growing(55 * _HOUR),
        "tally": Redelivery(
            waits=(5 * _MINUTE, 30 * _MINUTE, _HOUR, 6 * _HOUR, _DAY),
            source="https://developers.tally.so/api-reference/endpoint/webhooks/events/retry",
        ),
        "telegram": _growing(),
        "tiktok": replace(
            _growing(3 * _DAY), success=_OK, source="https://developers.tiktok.com/doc/webhooks-overview"
        ),
        "tiktok-shop": Redelivery(
            waits=(2 * _MINUTE, 30 * _MINUTE, 3 * _HOUR, 12 * _HOUR),
            success=_OK,
            source="https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview",
        ),
        "todoist": Redelivery(
            waits=(15 * _MINUTE,) * 3, success=_OK, source="https://developer.todoist.com/api/v1/#tag/Webhooks"
        ),
        "transfi": Redelivery(
            waits=(15 * _MINUTE,) * 8, success=_OK, source="https://docs.transfi.com/docs/4️⃣-webhook-retry"
        ),
        "token-io": Redelivery(
            waits=(10 * _MINUTE, 30 * _MINUTE, 70 * _MINUTE, 150 * _MINUTE),
            every=12 * _HOUR,
            total=3 * _DAY,
            success=_OK,
            documented=False,
        ),
        "trello": Redelivery(
            waits=(30, 60, 120),
            disables="410 deletes the webhook",
            disables_on=_GONE,
            source="https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
        ),
        "typeform": replace(
            _growing(), disables="404 and 410 disable the webhook at once", disables_on=frozenset({404, 410})
        ),
        "vanta": _SVIX,
        "vonage": _growing(_DAY),
        "webflow": Redelivery(
            waits=(10 * _MINUTE,) * 3,
            success=_OK,
            source="https://developers.webflow.com/data/v1.0.0/docs/limits-and-retries",
        ),
        "wise": replace(_growing(14 * _DAY), every=_DAY),
        "woocommerce": Redelivery(
            disables="after 5 failures in a row the webhook is disabled",
            source="https://woocommerce.com/document/webhooks/",
        ),
        "xendit": Redelivery(
            waits=(15 * _MINUTE, 45 * _MINUTE, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR), documented=False
        ),
        "xero": _growing(_DAY, disables="after 24 hours of failures the subscription is disabled", at_end=True),
        "yuno": Redelivery(
            waits=(5 * _MINUTE, 45 * _MINUTE, 310 * _MINUTE, 18 * _HOUR, _DAY, 2 * _DAY),
            success=_OK,
            documented=False,
            source="https://docs.y.uno/docs/webhooks/configure-webhooks",
        ),
        "zero-hash": Redelivery(
            waits=(0.25, 0.25, 0.25, 0.25, _MINUTE, 2 * _MINUTE, 4 * _MINUTE),
            documented=False,
            source="https://docs.zerohash.com/reference-link/overview",
        ),
        "zoom": Redelivery(
            waits=(5 * _MINUTE, 20 * _MINUTE, _HOUR),
            success=frozenset({200, 204}),
            source="https://developers.zoom.us/blog/webhook-delays/",
        ),
    }
)
"""By scheme. A sender that is not here documents nothing of its retries."""
