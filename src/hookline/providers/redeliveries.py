"""The schedules of the senders that are known by name, each with the page that it was read from.

Where a page says only that the pauses grow, the schedule is hookline's assumption (``documented = False``): pauses that double, within the
documented time and number of tries.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.providers.redelivery import Redelivery
from hookline.providers.redelivery_terms import (
    ADYEN,
    CLIENT_ERRORS,
    DAY,
    GONE,
    HOUR,
    MINUTE,
    NOT_SERVER_ERRORS,
    OK,
    PAYMONGO,
    RECHARGE,
    SVIX,
    UNSAID,
    doubling,
    growing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REDELIVERIES"]

REDELIVERIES: Final[Mapping[str, Redelivery]] = MappingProxyType(
    {
        "adobe-io": Redelivery(
            waits=(MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE),
            every=15 * MINUTE,
            total=DAY,
            stops=(NOT_SERVER_ERRORS | {505}) - {429},
            disables="when over 80% of at least 10 deliveries fail within 24 hours, the registration is disabled",
            source="https://developer.adobe.com/events/docs/guides/",
        ),
        "adyen": ADYEN,
        "adyen-header": ADYEN,
        "affirm": Redelivery(source="https://docs.affirm.com/developers/docs/webhooks"),
        "aftership": Redelivery(
            waits=tuple(30.0 * 2**number for number in range(13)),
            source="https://developers.aftership.com/reference/webhook",
        ),
        "airwallex": replace(growing(3 * DAY), success=OK),
        "asana": growing(DAY, disables="after 24 hours of failures the webhook is deleted", at_end=True),
        "attentive": growing(3 * DAY),
        "aws-sns": Redelivery(
            waits=(20, 20, 20),
            stops=CLIENT_ERRORS - {429},
            signs_anew=False,
            source="https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.retry.html",
        ),
        "azure-event-grid": Redelivery(
            waits=(10, 30, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR),
            every=12 * HOUR,
            total=DAY,
            source="https://learn.microsoft.com/en-us/azure/event-grid/delivery-and-retry",
        ),
        "bigcommerce": replace(
            growing(2 * DAY, disables="after 48 hours of failures the webhook is deactivated", at_end=True),
            success=OK,
        ),
        "bitbucket": Redelivery(waits=(MINUTE, 2 * MINUTE), stops=NOT_SERVER_ERRORS, documented=False),
        "box": Redelivery(
            waits=tuple(5 * MINUTE * 2**number for number in range(10)),
            documented=False,
            source="https://developer.box.com/guides/webhooks/v2/",
        ),
        "bolt": replace(growing(), total=None, success=OK),
        "braintree": Redelivery(
            waits=(HOUR,) * 24,
            source="https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
        ),
        "btcpay-server": Redelivery(
            waits=(10, MINUTE, *(10 * MINUTE,) * 6),
            source="https://docs.btcpayserver.org/API/Greenfield/v1/#tag/Webhooks",
        ),
        "calendly": growing(DAY, disables="after 24 hours of failures the webhook is disabled", at_end=True),
        "chargebee": Redelivery(
            waits=(2 * MINUTE, 6 * MINUTE, 30 * MINUTE, HOUR, 5 * HOUR, DAY, 2 * DAY),
            source="https://www.chargebee.com/docs/2.0/webhook_settings.html",
        ),
        "checkout-com": Redelivery(
            waits=(5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, 12 * HOUR),
            source="https://www.checkout.com/docs/developer-resources/event-notifications/receive-webhooks",
            documented=False,
        ),
        "circle": Redelivery(
            waits=(1, 10, 30, MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 5 * HOUR, 6 * HOUR, 10 * HOUR, 11 * HOUR),
            source="https://developers.circle.com/cpn/references/webhook-retries",
        ),
        "circleci": growing(),
        "clerk": SVIX,
        "clickup": replace(
            doubling(5, UNSAID),
            disables="410 suspends the webhook immediately, and so do 100 failed events",
            disables_on=GONE,
            source="https://developer.clickup.com/docs/webhookhealth",
        ),
        "close": Redelivery(
            waits=tuple(MINUTE * 2**number for number in range(5)),
            every=20 * MINUTE,
            total=3 * DAY,
            documented=False,
        ),
        "cloudsignal": replace(growing(7 * DAY), success=frozenset({200, 204})),
        "coinbase-commerce": Redelivery(
            waits=tuple(MINUTE * 2**number for number in range(6)),
            every=HOUR,
            total=3 * DAY,
            success=OK,
            documented=False,
        ),
        "commercelayer": replace(
            doubling(10, UNSAID), disables="after 30 failures in a row the webhook is disabled", disables_after=30
        ),
        "complycube": replace(
            doubling(10, DAY), disables="after all tries have failed the webhook is disabled", disables_at_end=True
        ),
        "customer-io": growing(7 * DAY),
        "deepgram": Redelivery(waits=(30,) * 10, source="https://developers.deepgram.com/docs/callback"),
        "discord": growing(10 * MINUTE, disables="if failures continue, sending of events stops"),
        "emailit": Redelivery(
            waits=(5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, *(12 * HOUR,) * 6),
            disables="after about three days of failures the webhook is disabled",
            source="https://emailit.com/docs/webhooks/retries-and-failures",
        ),
        "envoy": doubling(5, 10 * MINUTE),
        "fastspring": replace(growing(), total=None, success=OK),
        "figma": Redelivery(
            waits=(5 * MINUTE, 30 * MINUTE, 3 * HOUR), source="https://developers.figma.com/docs/rest-api/webhooks/"
        ),
        "fireblocks": Redelivery(
            waits=(10, 30, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR),
            success=OK,
            stops=CLIENT_ERRORS - {408, 429},
            source="https://developers.fireblocks.com/reference/webhooks-gettingstarted-responsesretries",
            documented=False,
        ),
        "framer": replace(doubling(5, UNSAID), source="https://www.framer.com/help/articles/framer-form-webhook-setup"),
        "gemini": growing(DAY),
        "github": Redelivery(
            source="https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries"
        ),
        "gitlab": Redelivery(
            disables="after 4 failures in a row the webhook pauses, after 40 it is disabled",
            source="https://docs.gitlab.com/user/project/integrations/webhooks/",
        ),
        "gocardless": Redelivery(
            waits=tuple(MINUTE * 2**number for number in range(8)),
            documented=False,
            source="https://support.gocardless.com/hc/en-nz/articles/360000989989-Webhook-retries-failures",
        ),
        "google-pubsub": growing(7 * DAY),
        "greenhouse": Redelivery(
            waits=(MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR),
            success=OK,
            source="https://developers.greenhouse.io/webhooks.html",
        ),
        "hubspot": doubling(10, DAY),
        "jira": Redelivery(waits=(10 * MINUTE,) * 5, documented=False),
        "knock": doubling(8, UNSAID),
        "lemon-squeezy": Redelivery(
            waits=(5, 25, 125), success=OK, source="https://docs.lemonsqueezy.com/help/webhooks/webhook-requests"
        ),
        "linear": Redelivery(
            waits=(MINUTE, HOUR, 6 * HOUR),
            success=OK,
            disables="the webhook may be disabled if the failures continue",
            source="https://linear.app/developers/webhooks",
        ),
        "linkedin": Redelivery(
            every=5 * MINUTE,
            total=8 * HOUR,
            source="https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation",
        ),
        "lithic": growing(disables="after 5 days of failures the subscription is disabled"),
        "mailchimp": replace(
            growing(75 * MINUTE, disables="410 disables the webhook immediately"),
            disables_on=GONE,
            source="https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/",
        ),
        "mailerlite": Redelivery(waits=(10, 100, 1000), source="https://developers.mailerlite.com/docs/webhooks"),
        "mailgun": Redelivery(
            waits=(5 * MINUTE, 10 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR),
            success=OK,
            stops=frozenset({406}),
            source="https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-retries",
        ),
        "marqeta": Redelivery(
            waits=tuple(4.0**number for number in range(1, 11)),
            success=OK,
            source="https://www.marqeta.com/docs/developer-guides/about-webhooks",
            documented=False,
        ),
        "mercado-pago": replace(growing(DAY), waits=(15 * MINUTE,) * 3, signs_anew=False),
        "meta": growing(36 * HOUR),
        "metronome": Redelivery(
            waits=(MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE), every=15 * MINUTE, total=2 * DAY, documented=False
        ),
        "microsoft-graph": growing(4 * HOUR),
        "mollie-classic": doubling(10, 26 * HOUR),
        "monday": Redelivery(
            waits=(MINUTE,) * 30,
            success=OK,
            source="https://developer.monday.com/apps/changelog/clarification-on-retry-policies-for-webhooks-and-custom-actions",
        ),
        "moonpay": growing(),
        "mux": replace(growing(DAY), source="https://mux.com/docs/core/listen-for-webhooks"),
        "nmi": Redelivery(
            waits=(
                15,
                *(MINUTE,) * 3,
                5 * MINUTE,
                15 * MINUTE,
                30 * MINUTE,
                *(HOUR,) * 10,
                12 * HOUR,
                12 * HOUR,
                DAY,
            ),
            success=OK,
            source="https://docs.nmi.com/reference/retry-logic",
        ),
        "nuvemshop": Redelivery(
            waits=(0, 5 * MINUTE, *(15 * MINUTE * 1.4**number for number in range(-1, 14))),
            total=2 * DAY,
            documented=False,
        ),
        "nylas": Redelivery(waits=(5 * MINUTE, 5 * MINUTE), documented=False),
        "okta": Redelivery(waits=(0,), stops=NOT_SERVER_ERRORS, documented=False),
        "openai": growing(3 * DAY),
        "orum-io": doubling(15, DAY),
        "paddle": replace(growing(3 * DAY), success=OK),
        "paymongo": PAYMONGO,
        "paymongo-test": PAYMONGO,
        "paypal": growing(3 * DAY),
        "paystack": Redelivery(
            waits=(3 * MINUTE,) * 3,
            every=HOUR,
            total=72 * HOUR,
            success=OK,
            source="https://paystack.com/docs/payments/webhooks/",
        ),
        "persona": doubling(7, UNSAID),
        "picqer": replace(
            doubling(14, 17 * HOUR), disables="after 5 events with this status within 24 hours the hook is deactivated"
        ),
        "pipedrive": Redelivery(
            waits=(3, 30, 150),
            disables="after three days without a success the webhook is deleted",
            source="https://pipedrive.readme.io/docs/guide-for-webhooks-v2",
        ),
        "plaid": growing(DAY),
        "postmark": Redelivery(
            waits=(60, 300, 600, 600, 600, 900, 1800, HOUR, 2 * HOUR, 6 * HOUR),
            success=OK,
            stops=frozenset({403}),
            source="https://postmarkapp.com/support/article/understanding-inbound-webhook-retries-in-postmark",
        ),
        "quickbooks": Redelivery(
            waits=(10, 20, 30, 5 * MINUTE, 20 * MINUTE, 2 * HOUR, 4 * HOUR, 6 * HOUR),
            every=6 * HOUR,
            success=OK,
            source="https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks/best-practices",
        ),
        "razorpay": growing(DAY, disables="after 24 hours of failures the webhook is disabled", at_end=True),
        "recharge": RECHARGE,
        "recharge-legacy": RECHARGE,
        "recurly": Redelivery(
            waits=tuple(10.0 + number * 2 ** (number + 5) for number in range(10)),
            source="https://docs.recurly.com/recurly-subscriptions/docs/automatic-retries",
        ),
        "resend": replace(SVIX, source="https://resend.com/docs/webhooks/retries-and-replays"),
        "retell": replace(doubling(3, UNSAID), source="https://docs.retellai.com/features/webhook-overview"),
        "revenuecat": Redelivery(
            waits=tuple(MINUTE * 5 * 2**number for number in range(5)),
            success=OK,
            source="https://www.revenuecat.com/docs/integrations/webhooks",
        ),
        "revolut": Redelivery(
            waits=(10 * MINUTE,) * 3,
            source="https://developer.revolut.com/docs/guides/merchant/monitor-and-observe/webhooks/using-webhooks",
            documented=False,
        ),
        "sanity": Redelivery(
            waits=(30, 30),
            stops=NOT_SERVER_ERRORS - {429},
            source="https://www.sanity.io/docs/changelog/50ec6abf-fe0c-475b-ae72-314148860132",
        ),
        "savvycal": replace(growing(), source="https://developers.savvycal.com/webhooks"),
        "sendgrid": growing(DAY),
        "shipbob": replace(SVIX, deadline=None, source="https://developer.shipbob.com/2026-01/webhooks"),
        "shopify": replace(
            doubling(8, 4 * HOUR),
            disables="after 8 failures in a row a subscription that was created with the API is deleted",
            disables_at_end=True,
        ),
        "shopline": replace(
            growing(2 * DAY, disables="after 19 failures the subscription is removed", at_end=True), success=OK
        ),
        "slack": Redelivery(
            waits=(0, MINUTE, 5 * MINUTE),
            disables="where 95 of 100 deliveries fail within an hour, events are switched off",
            source="https://docs.slack.dev/apis/events-api/#failure_conditions",
        ),
        "smartcar": growing(),
        "smile-api": Redelivery(waits=(3, 3), documented=False),
        "square": growing(DAY, disables="after three weeks without any 2xx the subscription is disabled"),
        "standard-webhooks": replace(SVIX, deadline=None, disables="", documented=False, source=""),
        "stripe": growing(3 * DAY),
        "stytch": SVIX,
        "svix": replace(SVIX, deadline=None),
        "synctera": growing(55 * HOUR),
        "tally": Redelivery(
            waits=(5 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, DAY),
            source="https://developers.tally.so/api-reference/endpoint/webhooks/events/retry",
        ),
        "telegram": growing(),
        "tiktok": replace(growing(3 * DAY), success=OK, source="https://developers.tiktok.com/doc/webhooks-overview"),
        "tiktok-shop": Redelivery(
            waits=(2 * MINUTE, 30 * MINUTE, 3 * HOUR, 12 * HOUR),
            success=OK,
            source="https://partner.tiktokshop.com/docv2/page/tts-webhooks-overview",
        ),
        "todoist": Redelivery(
            waits=(15 * MINUTE,) * 3, success=OK, source="https://developer.todoist.com/api/v1/#tag/Webhooks"
        ),
        "transfi": Redelivery(
            waits=(15 * MINUTE,) * 8, success=OK, source="https://docs.transfi.com/docs/4️⃣-webhook-retry"
        ),
        "token-io": Redelivery(
            waits=(10 * MINUTE, 30 * MINUTE, 70 * MINUTE, 150 * MINUTE),
            every=12 * HOUR,
            total=3 * DAY,
            success=OK,
            documented=False,
        ),
        "trello": Redelivery(
            waits=(30, 60, 120),
            disables="410 deletes the webhook",
            disables_on=GONE,
            source="https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
        ),
        "typeform": replace(
            growing(), disables="404 and 410 disable the webhook immediately", disables_on=frozenset({404, 410})
        ),
        "vanta": SVIX,
        "vonage": growing(DAY),
        "webflow": Redelivery(
            waits=(10 * MINUTE,) * 3,
            success=OK,
            source="https://developers.webflow.com/data/v1.0.0/docs/limits-and-retries",
        ),
        "wise": replace(growing(14 * DAY), every=DAY),
        "woocommerce": Redelivery(
            disables="after 5 failures in a row the webhook is disabled",
            source="https://woocommerce.com/document/webhooks/",
        ),
        "xendit": Redelivery(
            waits=(15 * MINUTE, 45 * MINUTE, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR), documented=False
        ),
        "xero": growing(DAY, disables="after 24 hours of failures the subscription is disabled", at_end=True),
        "yuno": Redelivery(
            waits=(5 * MINUTE, 45 * MINUTE, 310 * MINUTE, 18 * HOUR, DAY, 2 * DAY),
            success=OK,
            documented=False,
            source="https://docs.y.uno/docs/webhooks/configure-webhooks",
        ),
        "zero-hash": Redelivery(
            waits=(0.25, 0.25, 0.25, 0.25, MINUTE, 2 * MINUTE, 4 * MINUTE),
            documented=False,
            source="https://docs.zerohash.com/reference-link/overview",
        ),
        "zoom": Redelivery(
            waits=(5 * MINUTE, 20 * MINUTE, HOUR),
            success=frozenset({200, 204}),
            source="https://developers.zoom.us/blog/webhook-delays/",
        ),
    }
)
"""The schedules by scheme. A sender that is missing here documents no retries."""
