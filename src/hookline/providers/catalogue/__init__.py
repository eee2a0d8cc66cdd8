"""Senders whose way of signing is data: an entry for each, in tables by what they send or by how they sign."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TABLES"]

_NAMES = {
    "banking": "aiprise checkr column complycube deel dwolla finch fireblocks lithic marqeta merge modern-treasury onfido orum-io persona qonto-onboarding rutter sardine smile-api sumsub synctera tink token-io unit veriff wise",
    "billing": "chargify fastspring lago memberful metronome orb patreon qonversion recharge recharge-legacy recurly revenuecat whop",
    "cards": "affirm airwallex authorize-net bolt btcpay-server cashfree checkout-com circle coinbase-commerce coinify creem dodo-payments finix fintoc flutterwave flutterwave-v3 monnify moonpay omise paymongo paymongo-test primer quickpay revolut squad tebex transfi worldline xendit zero-hash",
    "commerce": "adyen-header gocardless lemon-squeezy mollie paddle paystack quickbooks razorpay shopify square stripe woocommerce xero",
    "communication": "intercom line meta slack twitch x zendesk zoom",
    "deployment": "appwrite azure-devops azure-event-grid bitbucket-server buildkite circleci configcat cursor doppler expo flagsmith forgejo gitea gogs heroku hookdeck huggingface infisical launchdarkly npm planetscale snyk sonarqube statsig svix tailscale terraform-cloud upstash vercel-log-drains webflow",
    "development": "bitbucket github jira linear pagerduty sentry trello vercel workos",
    "documents": "acrobat-sign airtable asana calendly docusign dropbox notion sanity typeform",
    "gateways": "ascend midtrans-payouts portone utila woovi yuno",
    "key_pairs": "discord sendgrid telnyx",
    "marketing": "akeneo attentive attio beehiiv brevo close customer-io dub emailit fillout framer klaviyo linkedin mailchimp mailerlite mailtrap mandrill mixpanel pipedrive segment storyblok surveymonkey tally tiktok zapier",
    "messaging": "ably aircall airship bandwidth courier knock livekit mattermost microsoft-teams openphone pusher ringcentral rocket-chat sendbird sinch sparkpost stream surge viber webex",
    "monitoring": "aikido alertmanager auth0 checkly cisco-meraki cloudflare datadog grafana langfuse mongodb-atlas new-relic port-io rootly semaphore",
    "shops": "aftership bigcommerce cloudsignal commercelayer easypost enode faundit flexport lob nuvemshop onfleet picqer printify sendcloud shipbob shippo shopline squarespace",
    "standard_webhooks": "brex clerk etsy guesty incident-io increase loops nash openai pleo polar psi-fi render replicate resend stytch supabase vanta",
    "support": "anthropic chatwoot crisp deepgram elevenlabs firecrawl fireflies freshchat front gemini help-scout livechat nango openclaw plain pylon retell vapi",
    "tokens": "chargebee okta postmark telegram",
    "web_tokens": "fusionauth google-pubsub netlify vonage",
    "work": "acuity ashby autodesk bamboohr boldsign box cal-com clickup clio cloudflare-stream cloudinary cronofy discourse envoy figma frame-io greenhouse imagekit kontent-ai mux nylas oura savvycal shortcut smartcar smartsheet todoist uploadcare yousign",
}

TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {name: table for table, names in _NAMES.items() for name in names.split()}
)
"""By sender, the module that has its entry: no other table is imported for it."""
