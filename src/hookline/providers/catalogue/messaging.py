"""Senders for messages, calls, meetings and notifications."""

from __future__ import annotations

from typing import Final

from hookline.providers.provider import FORM, JSON, Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="ably",
        title="Ably",
        signed_with="the secret of the API key that the rule is signed with: the part after its colon",
        verify={"scheme": "hmac", "header": "X-Ably-Signature", "encoding": "base64"},
        find_id="content-hash",
        find_type="items[0].source || source || 'message'",
        find_time="items[0].timestamp || timestamp",
        notes="Choose enveloped messages: messages without an envelope are signed too, but two of them with the same content cannot be distinguished, so the second counts as a repeat. X-Ably-Key, which names the key, is not signed.",
        documentation="https://ably.com/docs/platform/integrations/webhooks",
        sample=Sample(
            body='{"items": [{"webhookId": "ABcDEf", "source": "channel.message", "serial": "a7bcdEFghIjklm123456789:4", "timestamp": 1562124922426, "name": "channel.message", "data": {"channelId": "chat-channel-4", "site": "eu-west-1-A", "messages": [{"id": "ABCD", "name": "greeting", "data": "hello"}]}}]}',
            headers={"X-Ably-Key": "xVLyHw.VGKwnQ", "X-Ably-Version": "1.2"},
        ),
    ),
    # Aircall puts the webhook's token into the body.
    Provider(
        name="aircall",
        title="Aircall",
        signed_with="the webhook's token",
        verify={"scheme": "token", "body": "token"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in each body",
        find_id="content-hash",
        find_type="event",
        find_time="timestamp",
        notes="The token is in the body and is stored and forwarded with it.",
        documentation="https://developer.aircall.io/tutorials/webhooks-guide/",
        sample=Sample(
            body='{"resource": "call", "event": "call.created", "timestamp": 1589376192, "token": "45XXYYZZa08", "data": {"id": 123, "direct_link": "https://api.aircall.io/v1/calls/123", "direction": "inbound", "status": "initial"}}'
        ),
    ),
    # Airship's real-time data streaming and preference centers.
    Provider(
        name="airship",
        title="Airship",
        signed_with="the webhook's signing secret",
        verify={
            "scheme": "hmac",
            "header": "X-UA-SIGNATURE",
            "timestamp_header": "X-UA-TIMESTAMP",
            "template": "{timestamp}:{body}",
        },
        find_id="content-hash",
        documentation="https://docs.airship.com/api/ua/",
        sample=Sample(
            body='{"send_id": "8be98ef1-ac3e-4a4e-9b9b-2a3b5f2b9b53", "created_at": "2019-08-12T19:14:32.000Z", "targets": [{"delivery_address": "99eb7c7a-4b1b-4a05-9f23-3b3f3ad3a5e0"}], "payload": {"alert": "A greeting"}}'
        ),
    ),
    # Bandwidth's messaging and voice callbacks.
    Provider(
        name="bandwidth",
        title="Bandwidth",
        signed_with="user:password of the application's callback credentials",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="content-hash",
        find_type="[0].type || eventType",
        find_time="[0].time || eventTime",
        notes="Credentials are optional at Bandwidth: set them.",
        documentation="https://dev.bandwidth.com/docs/messaging/webhooks",
        sample=Sample(
            body='[{"time": "2016-09-14T18:20:16Z", "type": "message-received", "to": "+12345678902", "description": "Incoming message received", "message": {"id": "14762070468292kw2fuqty55yp2b2", "time": "2016-09-14T18:20:16Z", "direction": "in", "applicationId": "93de2206-9669-4e07-948d-329f4b722ee2", "text": "Hey, check this out!"}}]'
        ),
    ),
    Provider(
        name="courier",
        title="Courier",
        signed_with="the webhook's signing secret",
        verify={
            "scheme": "hmac",
            "header": "courier-signature",
            "fields": {"timestamp": "t", "signature": "signature"},
            "timestamp_format": "milliseconds",
        },
        find_id="content-hash",
        find_type="type",
        documentation="https://www.courier.com/docs/platform/workspaces/outbound-webhooks",
        sample=Sample(
            body='{"type": "message:updated", "data": {"id": "1-5fd3ec10-4e5b6a1c7f8d9e0a1b2c3d4e", "event": "example-event", "recipient": "user-1", "status": "DELIVERED", "sent": 1607724061155, "delivered": 1607724063267}}'
        ),
    ),
    Provider(
        name="knock",
        title="Knock",
        signed_with="the webhook's signing key",
        verify={
            "scheme": "hmac",
            "header": "x-knock-signature",
            "encoding": "base64",
            "fields": {"timestamp": "t", "signature": "s"},
            "timestamp_format": "milliseconds",
        },
        find_id="id || content-hash",
        find_type="type",
        find_time="created_at",
        retries="up to 8 times",
        documentation="https://docs.knock.app/developer-tools/outbound-webhooks/overview",
        sample=Sample(
            body='{"__typename": "Event", "id": "2FvC4MBrKOIdPTA3E3BtDnZpKxZ", "type": "message.sent", "created_at": "2022-10-10T12:00:00.000Z", "data": {"__typename": "Message", "id": "2FVHPWxRqNuXQ9krvNP5A6Z4qXe", "status": "sent", "recipient": "jhammond"}}',
            fresh="id",
        ),
    ),
    Provider(
        name="livekit",
        title="LiveKit",
        signed_with="the API secret of the key that signs the webhooks",
        verify={
            "scheme": "jwt",
            "header": "Authorization",
            "algorithms": ["HS256"],
            "body_hash": {"claim": "sha256", "algorithm": "sha256", "encoding": "base64"},
        },
        takes=frozenset({"issuer"}),
        find_id="id",
        find_type="event",
        find_time="createdAt",
        keeps_id=True,
        media_types=frozenset({"application/webhook+json", "application/json"}),
        notes="Write your API key as `issuer`, so that no other key's token is accepted.",
        evidence=Evidence.SDK,
        documentation="https://docs.livekit.io/home/server/webhooks/",
        sample=Sample(
            body='{"event": "room_started", "room": {"sid": "RM_hycBMAjmt6Ub", "name": "Demo Room", "emptyTimeout": 300, "creationTime": "1692627281"}, "id": "EV_eugWmGhovZmm", "createdAt": "1692985556"}',
            media_type="application/webhook+json",
        ),
    ),
    # Outgoing webhooks of Mattermost.
    Provider(
        name="mattermost",
        title="Mattermost outgoing webhooks",
        signed_with="the webhook's token",
        verify={"scheme": "token", "body": "token"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in each body",
        find_id="post_id",
        find_type="trigger_word || 'post'",
        media_types=JSON | FORM,
        notes="The token is in the body and is stored and forwarded with it. hookline answers with no text for the channel.",
        documentation="https://developers.mattermost.com/integrate/webhooks/outgoing/",
        sample=Sample(
            body='{"token": "xmuaztkp5ibxbrtfckjjoqi7wh", "team_id": "jr5bpwkd9ibrpn3snmcqrgbjsy", "team_domain": "example", "channel_id": "6ey39z7yc7bsjdxxtkicz3ueco", "channel_name": "town-square", "timestamp": 1479337080543, "user_id": "rnina9994bde8mua79zqcg5hmo", "user_name": "jane", "post_id": "p9h8rbkh6bb85nqtkqkbz4b1sa", "text": "#deploy web", "trigger_word": "#deploy"}'
        ),
    ),
    # Outgoing webhooks of a team in Microsoft Teams.
    Provider(
        name="microsoft-teams",
        title="Microsoft Teams outgoing webhooks",
        signed_with="the security token that Teams showed, in base64",
        verify={
            "scheme": "hmac",
            "header": "Authorization",
            "prefix": "HMAC ",
            "encoding": "base64",
            "secret_encoding": "base64",
        },
        find_id="id",
        find_type="type",
        find_time="timestamp",
        notes="Teams shows a JSON answer in the channel; hookline's own answer is only an acknowledgement.",
        documentation="https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook",
        sample=Sample(
            body='{"type": "message", "id": "1485983408511", "timestamp": "2017-02-01T21:10:09.104Z", "serviceUrl": "https://smba.trafficmanager.net/amer/", "channelId": "msteams", "from": {"id": "29:1XJKJMvc5GBtc2JwZq0oj8tHZmzrQgFmB39ATiQWA85gQtHieVkKilBZ9XHoq9j7Zaqt7CZ-NJWi7me2kHTL3Bw", "name": "Richard Moe"}, "conversation": {"id": "19:253b1f341670408fb6fe51050b6e5ceb@thread.skype;messageid=1485983194839"}, "text": "<at>bot</at> hello"}'
        ),
    ),
    # The signatures of OpenPhone's webhooks; its new name is Quo.
    Provider(
        name="openphone",
        title="OpenPhone (Quo)",
        signed_with="the webhook's signing secret, in base64 as OpenPhone shows it",
        verify={
            "scheme": "hmac",
            "header": "openphone-signature",
            "separator": ";",
            "fields": {"timestamp": 3, "signature": 4},
            "encoding": "base64",
            "secret_encoding": "base64",
            "timestamp_format": "milliseconds",
        },
        find_id="id",
        find_type="type",
        find_time="createdAt",
        keeps_id=True,
        notes="Webhooks that were created with the API version of 2026-03-30 follow Standard Webhooks: use the general scheme `standard-webhooks` for these.",
        documentation="https://support.quo.com/core-concepts/integrations/webhooks",
        sample=Sample(
            body='{"id": "EVc67ec998b35c41d388af50799aeeba3e", "object": "event", "apiVersion": "v2", "createdAt": "2022-01-23T16:55:52.557Z", "type": "message.received", "data": {"object": {"id": "AC24a8b8321c4f4cf2be110f4250793d51", "object": "message", "from": "+14155550100", "direction": "incoming", "body": "Hello"}}}'
        ),
    ),
    Provider(
        name="pusher",
        title="Pusher Channels",
        signed_with="the secret of the application's key",
        verify={"scheme": "hmac", "header": "X-Pusher-Signature"},
        find_id="content-hash",
        find_type="events[0].name",
        find_time="time_ms",
        notes="One call may carry several events; the type is that of the first. X-Pusher-Key, which names the key, is not signed.",
        evidence=Evidence.SDK,
        documentation="https://pusher.com/docs/channels/server_api/webhooks/",
        sample=Sample(
            body='{"time_ms": 1327078148132, "events": [{"name": "channel_occupied", "channel": "test_channel"}]}',
            headers={"X-Pusher-Key": "278d425bdf160c739803"},
        ),
    ),
    Provider(
        name="ringcentral",
        title="RingCentral",
        signed_with="the verificationToken that the subscription was made with",
        verify={"scheme": "token", "header": "Verification-Token"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="uuid",
        find_type="event",
        find_time="timestamp",
        keeps_id=True,
        notes="The token is optional at RingCentral: set `deliveryMode.verificationToken` when the subscription is made.",
        handshake_kinds=(
            (
                "echo.EchoedHeader",
                {"method": "POST", "header": "Validation-Token", "reply": "header", "under": "Validation-Token"},
            ),
        ),
        documentation="https://developers.ringcentral.com/guide/notifications/webhooks/creating-webhooks",
        sample=Sample(
            body='{"uuid": "3cb57cda-38a4-4b0c-a4d5-f0c8d8a3b5a5", "event": "/restapi/v1.0/account/222/extension/4142/message-store", "timestamp": "2018-03-19T20:12:55.331Z", "subscriptionId": "87ec4b07-4c5a-4f5f-9c09-3f4a6f3f3e6a", "ownerId": "4142", "body": {"extensionId": 4142, "changes": [{"type": "SMS", "newCount": 1}]}}'
        ),
    ),
    Provider(
        name="rocket-chat",
        title="Rocket.Chat outgoing webhooks",
        signed_with="the integration's token",
        verify={"scheme": "token", "body": "token"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in each body",
        find_id="message_id || content-hash",
        find_type="trigger_word || 'message'",
        find_time="timestamp",
        notes="The token is in the body and is stored and forwarded with it.",
        documentation="https://docs.rocket.chat/docs/integrations",
        sample=Sample(
            body='{"token": "a-token-of-some-length", "bot": false, "channel_id": "GENERAL", "channel_name": "general", "message_id": "tfRnrYXkbLRrTqzWd", "timestamp": "2018-06-21T14:41:22.530Z", "user_id": "rocket.cat", "user_name": "rocket.cat", "text": "hello"}',
            fresh="message_id",
        ),
    ),
    Provider(
        name="sendbird",
        title="Sendbird Chat",
        signed_with="the master API token",
        verify={"scheme": "hmac", "header": "x-sendbird-signature"},
        find_id="content-hash",
        find_type="category",
        documentation="https://sendbird.com/docs/chat/platform-api/v3/webhook/webhook-overview",
        sample=Sample(
            body='{"category": "group_channel:message_send", "sender": {"user_id": "Jeff", "nickname": "Oldies but goodies"}, "type": "MESG", "message_id": 238481, "payload": {"created_at": 1540865640245, "message": "Hello", "channel_type": "Supergroup"}, "channel": {"name": "Jeff and friends", "channel_url": "sendbird_group_channel_6011_2d5b7a"}, "app_id": "60A5D8DB-1D1F-4B9C-8F0B-0A1B2C3D4E5F"}'
        ),
    ),
    # Sinch's Conversation API.
    Provider(
        name="sinch",
        title="Sinch Conversation",
        signed_with="the webhook's secret",
        verify={
            "scheme": "hmac",
            "header": "x-sinch-webhook-signature",
            "encoding": "base64",
            "timestamp_header": "x-sinch-webhook-signature-timestamp",
            "template": "{body}.{header:x-sinch-webhook-signature-nonce}.{timestamp}",
        },
        find_id="content-hash",
        find_time="event_time || accepted_time",
        notes="Secrets are optional at Sinch: set one.",
        evidence=Evidence.VECTOR,
        documentation="https://developers.sinch.com/docs/conversation/callbacks",
        sample=Sample(
            body='{"app_id": "01EB37HMH1M6SV18ASNS3G135H", "accepted_time": "2020-11-17T16:05:51.724083Z", "event_time": "2020-11-17T16:05:45Z", "project_id": "c36f3d3d-1523-4edd-ae42-11995557ff61", "message": {"id": "01EQ8235TD19N21XQTH12B145D", "direction": "TO_APP", "contact_message": {"text_message": {"text": "Hi"}}}}',
        ),
    ),
    Provider(
        name="sparkpost",
        title="SparkPost",
        signed_with="user:password of the webhook's basic authentication",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="header:X-MessageSystems-Batch-ID || content-hash",
        find_type="[0].msys.*.type | [0] || 'batch'",
        keeps_id=True,
        notes="One call carries many events; the id is that of the batch, and is in a header.",
        documentation="https://support.sparkpost.com/docs/tech-resources/webhooks",
        sample=Sample(
            body='[{"msys": {"message_event": {"type": "delivery", "event_id": "92356927693813856", "message_id": "000443ee14578172be22", "timestamp": "1460989507", "rcpt_to": "recipient@example.com"}}}]',
            headers={"X-MessageSystems-Batch-ID": "{id}"},
        ),
    ),
    # Chat and feeds of Stream, getstream.io.
    Provider(
        name="stream",
        title="Stream",
        signed_with="the application's API secret",
        verify={"scheme": "hmac", "header": "X-Signature"},
        find_id="header:X-Webhook-Id || content-hash",
        find_type="type",
        find_time="created_at",
        keeps_id=True,
        notes="The id is in a header, which is not signed.",
        evidence=Evidence.SDK,
        documentation="https://getstream.io/chat/docs/node/webhooks_overview/",
        sample=Sample(
            body='{"type": "message.new", "cid": "messaging:fun", "created_at": "2020-01-02T03:04:05.123456Z", "message": {"id": "fff0d7c0-60bd-4835-833b-3843007817bf", "text": "hello", "type": "regular"}, "user": {"id": "steep-moon-9"}}',
            headers={"X-Webhook-Id": "{id}", "X-Webhook-Attempt": "1"},
        ),
    ),
    # Surge, the sender of text messages (surge.app).
    Provider(
        name="surge",
        title="Surge",
        signed_with="the endpoint's signing secret",
        verify={"scheme": "hmac", "header": "Surge-Signature", "fields": {"timestamp": "t", "signature": "v1"}},
        find_id="content-hash",
        find_type="type",
        find_time="timestamp",
        documentation="https://docs.surge.app/api-reference/webhooks/signature-validation",
        sample=Sample(
            body='{"type": "message.received", "account_id": "acct_01j9dy8mdzfn3r0e8x1tbdrdrf", "timestamp": "2024-10-21T23:29:42Z", "data": {"id": "msg_01jjnn7s0zfx5tdcsxjfy93et2", "body": "hello"}}'
        ),
    ),
    # Public accounts and bots of Viber.
    Provider(
        name="viber",
        title="Viber",
        signed_with="the bot's authentication token",
        verify={"scheme": "hmac", "header": "X-Viber-Content-Signature"},
        find_id="content-hash",
        find_type="event",
        find_time="timestamp",
        notes="When the webhook is set, Viber sends an event of the type `webhook` and expects 200.",
        evidence=Evidence.SDK,
        documentation="https://developers.viber.com/docs/api/rest-bot-api/",
        sample=Sample(
            body='{"event": "message", "timestamp": 1457764197627, "message_token": 4912661846655238145, "sender": {"id": "01234567890A=", "name": "John McClane"}, "message": {"type": "text", "text": "a message to the service"}}'
        ),
    ),
    # Webex messaging and meetings.
    Provider(
        name="webex",
        title="Webex",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Spark-Signature", "algorithm": "sha1"},
        find_id="content-hash",
        find_type="join('.', [resource, event])",
        find_time="created",
        notes="X-Spark-Signature is HMAC-SHA1. The body names the message and does not contain it.",
        documentation="https://developer.webex.com/docs/receive-and-verify-webhooks",
        sample=Sample(
            body='{"id": "Y2lzY29zcGFyazovL3VzL1dFQkhPT0svZjRlNjA1NjAtNjYwMi00ZmIwLWEyNWEtOTQ5ODgxNjA5NDk3", "name": "New message in a room", "resource": "messages", "event": "created", "filter": "roomId=Y2lz", "orgId": "OTZhYmMyYWEt", "created": "2016-08-23T16:26:02.754Z", "data": {"id": "Y2lzY29zcGFyazovL3VzL01FU1NBR0UvMzIzZWUyZjAtOWFhZC0xMWU1LTg1YmYtMWRhZjhkNDJlZjlj", "roomId": "Y2lz"}}'
        ),
    ),
)
