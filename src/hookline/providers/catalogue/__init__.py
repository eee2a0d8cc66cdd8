"""Senders whose way of signing is data: an entry for each, in tables by what they send or by how they sign."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TABLES"]

_NAMES = {
    "banking": "column deel dwolla finch fireblocks lithic marqeta merge modern-treasury orum-io qonto-onboarding rutter synctera tink token-io unit wise",
    "billing": "chargify fastspring lago memberful metronome orb patreon qonversion recharge recharge-legacy recurly revenuecat whop",
    "cards": "airwallex authorize-net checkout-com coinify creem dodo-payments finix primer quickpay revolut squad tebex worldline",
    "commerce": "adyen-header gocardless lemon-squeezy mollie paddle paystack quickbooks razorpay shopify square stripe woocommerce xero",
    "communication": "intercom line meta slack twitch x zendesk zoom",
    "deployment": "azure-devops bitbucket-server buildkite circleci configcat cursor doppler flagsmith forgejo gitea gogs infisical launchdarkly npm snyk sonarqube statsig",
    "development": "bitbucket github jira linear pagerduty sentry trello vercel workos",
    "documents": "acrobat-sign airtable asana calendly docusign dropbox notion sanity typeform",
    "gateways": "ascend midtrans-payouts portone utila woovi yuno",
    "hosting": "appwrite azure-event-grid expo heroku hookdeck huggingface planetscale svix tailscale terraform-cloud upstash vercel-log-drains webflow",
    "identity": "aiprise checkr complycube onfido persona sardine smile-api sumsub veriff",
    "key_pairs": "discord sendgrid telnyx",
    "mailing": "attentive beehiiv brevo customer-io emailit klaviyo mailchimp mailerlite mailtrap mandrill",
    "marketing": "akeneo attio close dub fillout framer linkedin mixpanel pipedrive segment storyblok surveymonkey tally tiktok zapier",
    "media": "autodesk boldsign box cloudflare-stream cloudinary figma frame-io imagekit kontent-ai mux uploadcare yousign",
    "messaging": "ably aircall airship bandwidth courier knock livekit mattermost microsoft-teams openphone pusher ringcentral rocket-chat sendbird sinch sparkpost stream surge viber webex",
    "monitoring": "aikido alertmanager auth0 checkly cisco-meraki cloudflare datadog grafana langfuse mongodb-atlas new-relic port-io rootly semaphore",
    "shops": "aftership bigcommerce cloudsignal commercelayer easypost enode faundit flexport lob nuvemshop onfleet picqer printify sendcloud shipbob shippo shopline squarespace",
    "standard_webhooks": "brex clerk etsy guesty incident-io increase loops nash openai pleo polar psi-fi render replicate resend stytch supabase vanta",
    "support": "anthropic chatwoot crisp deepgram elevenlabs firecrawl fireflies freshchat front gemini help-scout livechat nango openclaw plain pylon retell vapi",
    "tokens": "chargebee okta postmark telegram",
    "wallets": "affirm bolt btcpay-server cashfree circle coinbase-commerce fintoc flutterwave flutterwave-v3 monnify moonpay omise paymongo paymongo-test transfi xendit zero-hash",
    "web_tokens": "fusionauth google-pubsub netlify vonage",
    "work": "acuity ashby bamboohr cal-com clickup clio cronofy discourse envoy greenhouse nylas oura savvycal shortcut smartcar smartsheet todoist",
}

TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {name: table for table, names in _NAMES.items() for name in names.split()}
)
"""By sender, the module that has its entry: no other table is imported for it."""
