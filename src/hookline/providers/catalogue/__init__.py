"""Senders whose way of signing is data: an entry for each, in tables by what they send or by how they sign."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TABLES"]

_NAMES = {
    "banking": "checkr column complycube deel dwolla finch fireblocks lithic marqeta merge modern-treasury onfido persona qonto-onboarding rutter sardine sumsub synctera tink unit veriff wise",
    "billing": "chargify fastspring lago memberful metronome orb patreon qonversion recharge recharge-legacy recurly revenuecat whop",
    "cards": "affirm airwallex authorize-net bolt btcpay-server cashfree checkout-com circle coinbase-commerce coinify creem dodo-payments finix fintoc flutterwave flutterwave-v3 monnify moonpay omise paymongo paymongo-test primer quickpay revolut squad tebex transfi worldline xendit zero-hash",
    "commerce": "adyen-header gocardless lemon-squeezy mollie paddle paystack quickbooks razorpay shopify square stripe woocommerce xero",
    "communication": "intercom line meta slack twitch x zendesk zoom",
    "development": "bitbucket github jira linear pagerduty sentry trello vercel workos",
    "documents": "airtable asana calendly docusign dropbox notion sanity typeform",
    "gateways": "midtrans-payouts portone woovi yuno",
    "key_pairs": "discord sendgrid telnyx",
    "shops": "aftership bigcommerce commercelayer easypost enode lob nuvemshop onfleet picqer printify sendcloud shipbob shippo shopline squarespace",
    "standard_webhooks": "brex clerk etsy incident-io increase loops openai polar render replicate resend stytch supabase vanta",
    "tokens": "chargebee okta postmark telegram",
    "web_tokens": "fusionauth google-pubsub netlify vonage",
}

TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {name: table for table, names in _NAMES.items() for name in names.split()}
)
"""By sender, the module that has its entry: no other table is imported for it."""
