"""Senders for planning, hiring and measuring: tasks, calendars, people and devices."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Acuity Scheduling.
    Provider(
        name="acuity",
        title="Acuity Scheduling",
        signed_with="the API key of the administrator's account",
        verify={"scheme": "hmac", "header": "X-Acuity-Signature", "encoding": "base64"},
        find_id="each-call",
        media_types=frozenset({"application/x-www-form-urlencoded"}),
        notes="Two changes of an appointment have the same body, so each call is an event. Ask the API for the appointment.",
        documentation="https://developers.acuityscheduling.com/docs/webhooks",
        sample=Sample(
            body="action=scheduled&id=123&calendarID=1&appointmentTypeID=2",
            media_type="application/x-www-form-urlencoded",
        ),
    ),
    Provider(
        name="ashby",
        title="Ashby",
        signed_with="the webhook's secret token",
        verify={"scheme": "hmac", "header": "Ashby-Signature", "prefix": "sha256="},
        find_id="content-hash",
        find_type="action",
        documentation="https://developers.ashbyhq.com/docs/authenticating-webhooks",
        sample=Sample(
            body='{"action": "candidateStageChange", "data": {"application": {"id": "3ae2b801-19f6-41ef-ad28-214bd731948f", "createdAt": "2022-07-21T17:35:38.851Z", "updatedAt": "2022-07-21T17:37:38.851Z", "status": "Active", "candidate": {"id": "e9ed20fd-d45f-4aad-8a00-a19bfba0083e", "name": "Adam Hart"}}}}'
        ),
    ),
    Provider(
        name="bamboohr",
        title="BambooHR",
        signed_with="the webhook's private key",
        verify={
            "scheme": "hmac",
            "header": "X-BambooHR-Signature",
            "timestamp_header": "X-BambooHR-Timestamp",
            "template": "{body}{timestamp}",
        },
        find_id="content-hash",
        find_type="employees[0].action || type",
        notes="One call may carry several employees; the type is that of the first.",
        documentation="https://documentation.bamboohr.com/docs/webhooks",
        sample=Sample(
            body='{"employees": [{"id": "123", "action": "Updated", "timestamp": "2022-07-19T16:27:03+00:00", "changedFields": ["Job Title"], "fields": {"Job Title": {"value": "Engineer"}}}]}'
        ),
    ),
    Provider(
        name="cal-com",
        title="Cal.com",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Cal-Signature-256"},
        find_id="content-hash",
        find_type="triggerEvent",
        find_time="createdAt",
        notes="With your own payload template, the id is still computed from the body: two equal bodies are one event.",
        documentation="https://cal.com/docs/developing/guides/automation/webhooks",
        sample=Sample(
            body='{"triggerEvent": "BOOKING_CREATED", "createdAt": "2023-05-24T09:30:00.538Z", "payload": {"type": "60min", "title": "60min between Pro Example and John Doe", "startTime": "2023-05-25T09:30:00Z", "endTime": "2023-05-25T10:30:00Z", "uid": "bFJeNb2uX8ANpT3JL5EfXw", "bookingId": 91, "status": "ACCEPTED"}}'
        ),
    ),
    Provider(
        name="clickup",
        title="ClickUp",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Signature"},
        find_id="history_items[0].id || content-hash",
        find_type="event",
        keeps_id=True,
        deadline=7,
        retries="up to 5 times",
        documentation="https://developer.clickup.com/docs/webhooksignature",
        sample=Sample(
            body='{"event": "taskUpdated", "history_items": [{"id": "2800763136717140857", "type": 1, "date": "1642734631523", "field": "status", "before": {"status": "to do"}, "after": {"status": "in progress"}}], "task_id": "1vj37mc", "webhook_id": "7fa3ec74-69a8-4530-a251-8a13730bd204"}',
            fresh="id",
        ),
    ),
    # Clio Manage.
    Provider(
        name="clio",
        title="Clio",
        signed_with="the shared secret that came with the webhook's handshake",
        verify={"scheme": "hmac", "header": "X-Hook-Signature"},
        find_id="content-hash",
        find_type="meta.event",
        handshake_kinds=(("secret_exchange.SecretInHeader", {"header": "X-Hook-Secret"}),),
        documentation="https://docs.developers.clio.com/api-docs/clio-manage/webhooks/",
        sample=Sample(
            body='{"data": {"id": 1, "etag": "\\"9b8dd1b7cd7a2a3d2d1b1d1f9e0b7c3e\\"", "updated_at": "2018-01-23T00:00:00Z"}, "meta": {"event": "created", "webhook_id": 1}}'
        ),
    ),
    Provider(
        name="cronofy",
        title="Cronofy",
        signed_with="the application's client secret",
        verify={"scheme": "hmac", "header": "Cronofy-HMAC-SHA256", "encoding": "base64"},
        find_id="each-call",
        find_type="notification.type",
        notes="Two changes of a calendar can have the same body, so each call is an event. While two client secrets are active, the header holds both signatures.",
        evidence=Evidence.SDK,
        documentation="https://docs.cronofy.com/developers/push-notifications/authentication/",
        sample=Sample(
            body='{"notification": {"type": "change", "changes_since": "2015-11-13T10:39:12Z"}, "channel": {"channel_id": "chn_54cf7c7cb4ad4c1027000001", "callback_url": "https://hooks.example.com/webhook/cronofy", "filters": {}}}'
        ),
    ),
    # Discourse, the forum.
    Provider(
        name="discourse",
        title="Discourse",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Discourse-Event-Signature", "prefix": "sha256="},
        find_id="header:X-Discourse-Event-Id",
        find_type="header:X-Discourse-Event",
        notes="Id and type are in headers, which are not signed.",
        documentation="https://github.com/discourse/discourse/blob/main/app/jobs/regular/emit_web_hook_event.rb",
        sample=Sample(
            body='{"post": {"id": 11, "name": "Jane", "username": "jane", "created_at": "2016-09-14T16:46:39.000Z", "topic_id": 9, "raw": "Hello"}}',
            headers={
                "X-Discourse-Event-Id": "{id}",
                "X-Discourse-Event": "post_created",
                "X-Discourse-Event-Type": "post",
            },
        ),
    ),
    # Envoy, visitors and workplaces.
    Provider(
        name="envoy",
        title="Envoy",
        signed_with="the application's client secret",
        verify={"scheme": "hmac", "header": "X-Envoy-Signature", "encoding": "base64"},
        find_id="content-hash",
        find_type="meta.event",
        retries="5 times over 10 minutes",
        documentation="https://developers.envoy.com/hub/docs/create-webhooks",
        sample=Sample(
            body='{"meta": {"event": "entry_sign_in", "location": {"id": "2"}, "company": {"id": "1"}}, "payload": {"id": "3", "type": "entries", "attributes": {"full-name": "Jane Doe", "signed-in-at": "2023-01-02T03:04:05.000Z"}}}'
        ),
    ),
    # Greenhouse Recruiting.
    Provider(
        name="greenhouse",
        title="Greenhouse",
        signed_with="the webhook's secret key",
        verify={"scheme": "hmac", "header": "Signature", "prefix": "sha256 "},
        find_id="header:Greenhouse-Event-ID || content-hash",
        find_type="action",
        answer=SuccessAnswer(),
        retries="6 times: after 1 and 15 minutes, 1, 2, 4 and 8 hours",
        notes="The id is in a header, which is not signed.",
        documentation="https://developers.greenhouse.io/webhooks.html",
        sample=Sample(
            body='{"action": "new_candidate_application", "payload": {"application": {"id": 985314, "status": "active", "applied_at": "2013-03-22T00:00:00Z", "candidate": {"id": 968190, "first_name": "Hank", "last_name": "Test"}}}}',
            headers={"Greenhouse-Event-ID": "{id}"},
        ),
    ),
    # Nylas API v3.
    Provider(
        name="nylas",
        title="Nylas",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "x-nylas-signature"},
        find_id="id",
        find_type="type",
        find_time="time",
        keeps_id=True,
        retries="twice, the last 10 to 20 minutes after the first",
        handshake_kinds=(("echo.EchoedParameter", {"parameter": "challenge"}),),
        documentation="https://developer.nylas.com/docs/v3/notifications/webhooks/",
        sample=Sample(
            body='{"specversion": "1.0", "type": "message.created", "source": "/google/emails/realtime", "id": "mock-id-0000", "time": 1723821985, "webhook_delivery_attempt": 1, "data": {"application_id": "NYLAS_APPLICATION_ID", "object": {"grant_id": "NYLAS_GRANT_ID", "id": "191562f4d4d4d4d4", "object": "message", "subject": "Hello"}}}'
        ),
    ),
    # Oura writes its hex in capital letters.
    Provider(
        name="oura",
        title="Oura",
        signed_with="the application's client secret",
        verify={
            "scheme": "hmac",
            "header": "x-oura-signature",
            "timestamp_header": "x-oura-timestamp",
            "template": "{timestamp}{body}",
        },
        find_id="content-hash",
        find_type="join('.', [data_type, event_type])",
        find_time="event_time",
        deadline=10,
        handshake_kinds=(
            (
                "echo.EchoedParameter",
                {
                    "parameter": "challenge",
                    "token": "query:verification_token",
                    "option": "verification_token",
                    "reply": "json",
                },
            ),
        ),
        documentation="https://cloud.ouraring.com/v2/docs#tag/Webhook-Subscription-Routes",
        sample=Sample(
            body='{"event_type": "create", "data_type": "sleep", "object_id": "8f9a5221-639e-4a85-81cb-4065ef23f979", "event_time": "2022-05-31T00:00:00+00:00", "user_id": "a1b2c3d4"}'
        ),
    ),
    Provider(
        name="savvycal",
        title="SavvyCal",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "x-savvycal-signature", "prefix": "sha256="},
        find_id="id",
        find_type="type",
        find_time="occurred_at",
        retries="with growing pauses",
        documentation="https://developers.savvycal.com/webhooks",
        sample=Sample(
            body='{"id": "payload_XXXXXXXXXX", "type": "event.created", "version": "1.0", "occurred_at": "2022-03-23T15:00:00Z", "payload": {"id": "event_XXXXXXXXXX", "state": "confirmed", "summary": "John and Jane", "start_at": "2022-03-24T15:00:00Z"}}'
        ),
    ),
    # Shortcut, once Clubhouse.
    Provider(
        name="shortcut",
        title="Shortcut",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "Payload-Signature"},
        find_id="id",
        find_type="actions[0].action",
        find_time="changed_at",
        documentation="https://developer.shortcut.com/api/webhook/v1",
        sample=Sample(
            body='{"id": "595285dc-9c43-4b9c-a1e6-0cd9aff5b084", "changed_at": "2017-06-27T16:20:44Z", "primary_id": 16927, "member_id": "56d8a839-1c52-437f-b981-c3a15a11d6d4", "version": "v1", "actions": [{"id": 16927, "entity_type": "story", "action": "update", "name": "test story", "changes": {"started": {"new": true, "old": false}}}]}'
        ),
    ),
    # Smartcar's webhooks of version 4.
    Provider(
        name="smartcar",
        title="Smartcar",
        signed_with="the application management token",
        verify={"scheme": "hmac", "header": "SC-Signature"},
        find_id="eventId",
        find_type="eventType || eventName",
        find_time="meta.deliveredAt",
        keeps_id=True,
        deadline=15,
        retries="with growing pauses",
        evidence=Evidence.SDK,
        handshake_kinds=(
            (
                "echo.EchoedMember",
                {
                    "path": "data.challenge",
                    "when": (("body:eventType", "VERIFY"),),
                    "hmac": "sha256",
                    "reply": "json",
                    "is_signed": False,
                },
            ),
        ),
        documentation="https://smartcar.com/docs/integrations/webhooks/overview",
        sample=Sample(
            body='{"eventId":"550e8400-e29b-41d4-a716-446655440000","eventType":"VEHICLE_STATE","vehicleId":"9af13248-3b73-4c9d-9a4b-d937ce6bc8e2","data":{"vehicle":{"id":"9af13248-3b73-4c9d-9a4b-d937ce6bc8e2","make":"TESLA","model":"Model 3","year":2020},"signals":[{"code":"tractionbattery-stateofcharge","body":{"unit":"percent","value":78}}]},"meta":{"version":"4.0","deliveryId":"48b25f8f-9fea-42e1-9085-81043682cbb8","deliveredAt":1731940328000,"webhookId":"abde94ff-d57d-43b9-8d09-6020db2d977a"}}'
        ),
    ),
    Provider(
        name="smartsheet",
        title="Smartsheet",
        signed_with="the webhook's sharedSecret",
        verify={"scheme": "hmac", "header": "Smartsheet-Hmac-SHA256"},
        find_id="nonce || content-hash",
        find_type="events[0].objectType",
        find_time="timestamp",
        notes="One call may carry several events; the type is that of the first. The body names what changed without details.",
        handshake_kinds=(
            (
                "echo.EchoedHeader",
                {
                    "method": "POST",
                    "header": "Smartsheet-Hook-Challenge",
                    "reply": "header",
                    "under": "Smartsheet-Hook-Response",
                },
            ),
        ),
        documentation="https://developers.smartsheet.com/api/smartsheet/guides/webhooks/webhook-callbacks",
        sample=Sample(
            body='{"nonce": "4b2ed20d-6f00-4b0c-8fac-5b3f8d2a8b1a", "timestamp": "2015-10-01T21:02:25.000+00:00", "webhookId": 4503604829677444, "scope": "sheet", "scopeObjectId": 4509093797881732, "events": [{"objectType": "row", "eventType": "created", "id": 5635523900631940, "userId": 9007194052434043, "timestamp": "2015-10-01T21:02:24.000+00:00"}]}',
            fresh="nonce",
        ),
    ),
    Provider(
        name="todoist",
        title="Todoist",
        signed_with="the application's client secret",
        verify={"scheme": "hmac", "header": "X-Todoist-Hmac-SHA256", "encoding": "base64"},
        find_id="header:X-Todoist-Delivery-ID",
        find_type="event_name",
        find_time="triggered_at",
        keeps_id=True,
        answer=SuccessAnswer(),
        retries="up to 3 times, every 15 minutes",
        notes="The id is in a header, which is not signed.",
        documentation="https://developer.todoist.com/api/v1/#tag/Webhooks",
        sample=Sample(
            body='{"event_name": "item:added", "user_id": "2671355", "version": "10", "triggered_at": "2025-02-10T13:38:13.123456Z", "event_data": {"id": "6XR4GqQQCW6Gv9h4", "content": "Buy Milk", "project_id": "6XR4H993xv8H5qCR"}, "initiator": {"id": "2671355", "full_name": "Alice"}}',
            headers={"X-Todoist-Delivery-ID": "{id}"},
        ),
    ),
)
