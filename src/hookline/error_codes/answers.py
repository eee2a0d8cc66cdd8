"""Codes that an HTTP call is answered with."""

from __future__ import annotations

from typing import Final

from hookline.error_codes.code import ErrorCode

__all__ = ["ANSWERS"]

ANSWERS: Final = {
    "malformed_request": ErrorCode(
        status=400,
        title="Not an HTTP request",
        remedy="Send well-formed HTTP/1.1, with as many bytes of body as Content-Length says.",
    ),
    "host_unknown": ErrorCode(
        status=400,
        title="The Host header does not name this port",
        remedy="Call the admin port as 127.0.0.1, localhost or [::1]. Operator: list other names in `admin_names` under [server], "
        "or configure [[access]].",
    ),
    "body_not_json": ErrorCode(
        status=400,
        title="The body is not JSON",
        remedy="Send one UTF-8 JSON document (RFC 8259): no NaN, no Infinity, no trailing bytes.",
    ),
    "body_ambiguous": ErrorCode(
        status=400,
        title="The request can be read in two ways",
        remedy="Send each name once. Operator: see `hookline rejected show`; `rejected retry --accept-ambiguous` accepts the request.",
    ),
    "schema_mismatch": ErrorCode(
        status=400,
        title="The body does not match the source's schema",
        remedy="Fix the fields that the JSON pointers in `errors` name. Operator: correct the schema if the body is right.",
    ),
    "delivery_id_missing": ErrorCode(
        status=400,
        title="The delivery has no id",
        remedy='Send the id where the source expects it. Operator: correct `id` in hookline.toml, or set `id = "content-hash"`.',
    ),
    "delivery_id_invalid": ErrorCode(
        status=400,
        title="The delivery id cannot be used",
        remedy="Send a string or a whole number of 1 to 256 characters, without control characters.",
    ),
    "event_type_missing": ErrorCode(
        status=400,
        title="The event has no type",
        remedy="Send the type where the source expects it. Operator: correct `type` in hookline.toml.",
    ),
    "event_type_invalid": ErrorCode(
        status=400,
        title="The event type cannot be used",
        remedy="Send a string or a whole number of 1 to 256 characters, without control characters.",
    ),
    "handshake_invalid": ErrorCode(
        status=400,
        title="This is not a handshake of this sender",
        remedy="No action needed if this was not the sender; this path accepts only its events and handshakes.",
    ),
    "parameter_invalid": ErrorCode(
        status=400,
        title="A parameter is not valid",
        remedy="Fix the parameter that `detail` names; /api/openapi.json lists the parameters of each operation.",
    ),
    "signature_missing": ErrorCode(
        status=401,
        title="The signature is missing",
        remedy="Send the signature headers that the source's scheme names.",
    ),
    "signature_mismatch": ErrorCode(
        status=401,
        title="The signature does not match",
        remedy="Sign the exact bytes that are sent, with the current secret of this source.",
    ),
    "timestamp_missing": ErrorCode(
        status=401,
        title="The signed timestamp is missing",
        remedy="Send the timestamp header that the source's scheme names.",
    ),
    "timestamp_invalid": ErrorCode(
        status=401,
        title="The signed timestamp cannot be read",
        remedy="Send the timestamp in the form of the source's scheme: usually whole seconds since 1970.",
    ),
    "timestamp_outside_tolerance": ErrorCode(
        status=401,
        title="The signed timestamp is too far from now",
        remedy="Correct the sender's clock, and sign each attempt again. By default the time may be 300 seconds early or late.",
    ),
    "request_refused": ErrorCode(
        status=403,
        title="The gateway refused the request",
        remedy="Send an ordinary POST with the signature headers of the source, and without an Authorization header for AWS.",
    ),
    "address_not_allowed": ErrorCode(
        status=403,
        title="Calls from this address are not accepted",
        remedy="Operator: add the sender's network to `allow_from` of the source; behind a proxy, name the proxy in `trusted_proxies`.",
    ),
    "handshake_refused": ErrorCode(
        status=403,
        title="The handshake is not expected",
        remedy="Operator: give the sender the configured token. If it brings a secret, run `hookline sources arm` first.",
    ),
    "handshake_unknown": ErrorCode(
        status=404,
        title="The handshake names something that is not configured",
        remedy="Operator: compare the code or the topics of `handshake` in hookline.toml with the sender's settings.",
    ),
    "unknown_path": ErrorCode(
        status=404,
        title="No source listens on this path",
        remedy="Post to the path of a source: `hookline check` lists them.",
    ),
    "no_such_path": ErrorCode(
        status=404,
        title="This URL does not exist",
        remedy="Check the URL and the port. Webhooks, the control room and health can each have their own port.",
    ),
    "method_not_allowed": ErrorCode(
        status=405,
        title="This path does not allow the method",
        remedy="Use a method that the Allow header of the answer names.",
    ),
    "request_timeout": ErrorCode(
        status=408,
        title="The request did not arrive in time",
        remedy="Send the whole request within the read deadline (`read_timeout` under [server]).",
    ),
    "delivery_conflict": ErrorCode(
        status=409,
        title="This delivery id arrived before with another body",
        remedy="Give a new event a new id and its own signature. This second body is stored with the first event (`hookline events show`).",
    ),
    "delivery_reused": ErrorCode(
        status=409,
        title="This delivery id belongs to an event that has expired",
        remedy="Give a new event a new id. The first event is no longer stored, and its digest shows that it had another body.",
    ),
    "body_too_large": ErrorCode(
        status=413,
        title="The body is too large",
        remedy="Send at most `max_body` bytes. The default is 1 MiB, or the largest body that a named sender documents.",
    ),
    "unsupported_media_type": ErrorCode(
        status=415, title="The media type is not supported", remedy="Send Content-Type: application/json."
    ),
    "unsupported_content_encoding": ErrorCode(
        status=415,
        title="The content coding is not supported",
        remedy="Send the body uncompressed, without Content-Encoding (such as gzip), and sign these bytes.",
    ),
    "too_many_requests": ErrorCode(
        status=429,
        title="Too many requests",
        remedy="Wait for Retry-After, then send again: this request was not stored.",
    ),
    "headers_too_large": ErrorCode(
        status=431,
        title="The headers are too large",
        remedy="Send at most 32 KiB of request line and headers, and at most 200 headers.",
    ),
    "credentials_missing": ErrorCode(
        status=401,
        title="The admin port needs credentials",
        remedy="Sign the request with an access key (AWS Signature Version 4), or send its id and secret by HTTP Basic.",
    ),
    "credentials_incomplete": ErrorCode(
        status=401,
        title="The Authorization header cannot be read",
        remedy="Let an AWS SDK sign the request. The SQS API accepts only AWS4-HMAC-SHA256; other paths accept HTTP Basic too.",
    ),
    "access_key_unknown": ErrorCode(
        status=401,
        title="There is no such access key",
        remedy="Use the `id` of an [[access]] as access key id. Operator: `hookline access list` shows the ids.",
    ),
    "credentials_mismatch": ErrorCode(
        status=401,
        title="The signature or the secret does not match",
        remedy="Use the secret of this access key and the service `sqs`. A proxy must not change the Host header or the path.",
    ),
    "credentials_expired": ErrorCode(
        status=401,
        title="The request was signed too long ago, or in the future",
        remedy="Correct the clock of the caller: a signature is valid for 5 minutes before and after its time.",
    ),
    "login_failed": ErrorCode(
        status=401,
        title="The login did not succeed",
        remedy="Start the login again, in one browser and within ten minutes. Operator: the log and `hookline audit` have the reason.",
    ),
    "access_denied": ErrorCode(
        status=403,
        title="The caller may not do this",
        remedy="Operator: change the `role` of the user, or `rights` or `queues` of the [[access]], then reload (SIGHUP).",
    ),
    "event_not_found": ErrorCode(
        status=404,
        title="The event is not stored",
        remedy="Fetch the body while its message is on a queue. Events expire after their delivery: `retention` under [events].",
    ),
    "request_forwarded": ErrorCode(
        status=403,
        title="A proxy forwarded the request, and no login is configured",
        remedy="Call the admin port without the proxy. Operator: add an [[access]], so that each caller proves who it is.",
    ),
    "request_cross_site": ErrorCode(
        status=403,
        title="A web page of another site made the request",
        remedy="Call the admin port from a program, or from the control room's own pages.",
    ),
    "csrf_token_invalid": ErrorCode(
        status=403,
        title="The form is too old, or another site made it",
        remedy="Open the page again, and send the form from there. A program signs its requests with an access key instead.",
    ),
    "transfer_encoding_unsupported": ErrorCode(
        status=501,
        title="The transfer coding is not supported",
        remedy="Send the body with Content-Length, or with `Transfer-Encoding: chunked` and no other coding.",
    ),
    "http_version_unsupported": ErrorCode(
        status=505,
        title="The HTTP version is not supported",
        remedy="Send HTTP/1.1 or HTTP/1.0.",
    ),
    "reason_missing": ErrorCode(
        status=400,
        title="No reason was given",
        remedy="Give a reason: it is stored in the audit log.",
    ),
    "not_possible_now": ErrorCode(
        status=409,
        title="This cannot be done now",
        remedy="Read the plan again: something has changed since it was shown.",
    ),
    "overloaded": ErrorCode(
        status=503,
        title="Too many requests are in progress",
        remedy="Wait for Retry-After, then send again: this request was not stored.",
    ),
    "storage_unavailable": ErrorCode(
        status=503,
        title="The event cannot be stored now",
        remedy="Wait for Retry-After, then send again. Operator: the log has the message of the disk or the database.",
    ),
    "sealed_body_damaged": ErrorCode(
        status=503,
        title="A sealed body cannot be decrypted",
        remedy="Its bytes were changed, or belong to another record. Restore a backup from before the damage; other events are not "
        "touched.",
    ),
    "storage_full": ErrorCode(
        status=503,
        title="The disk has no space for new events",
        remedy="Wait for Retry-After, then send again. Operator: free space (consumers and retention do), or enlarge the disk; "
        "see `reserve` under [storage].",
    ),
    "queue_unavailable": ErrorCode(
        status=503,
        title="The event is stored, but not on its FIFO queue yet",
        remedy="Wait for Retry-After, then send again. The event is then put on its queue, before later events of its group.",
    ),
    "secrets_unavailable": ErrorCode(
        status=503,
        title="The source's secrets cannot be read now",
        remedy="Wait for Retry-After, then send again. Operator: the log names the secret that is missing.",
    ),
    "visit_failed": ErrorCode(
        status=503,
        title="The subscription cannot be confirmed now",
        remedy="Wait for Retry-After, then send again. Operator: the log names the host that did not answer as expected.",
    ),
    "keys_unavailable": ErrorCode(
        status=503,
        title="The sender's public key cannot be fetched now",
        remedy="Wait for Retry-After, then send again. Operator: the log names the key; check that its host can be reached.",
    ),
    "login_unavailable": ErrorCode(
        status=503,
        title="The identity provider cannot be used now",
        remedy="Try again later. Operator: the log has the provider's host and answer; check `issuer` and the client's secret.",
    ),
    "confirmation_unavailable": ErrorCode(
        status=503,
        title="The sender cannot confirm the call now",
        remedy="Wait for Retry-After, then send again. Operator: the log has the host and its answer; check the credentials.",
    ),
    "fetch_unavailable": ErrorCode(
        status=503,
        title="The sender's API cannot be reached now",
        remedy="No action needed at first: hookline calls the API again. If it continues, the log has the host and its answer.",
    ),
    "deadline_reached": ErrorCode(
        status=503,
        title="The request took too long here",
        remedy="Wait for Retry-After, then send again. It is safe: a duplicate is recognised.",
    ),
    "source_paused": ErrorCode(
        status=503,
        title="An operator has paused this source",
        remedy="Wait for Retry-After, then send again: this request was not stored.",
    ),
    "shutting_down": ErrorCode(
        status=503,
        title="The server is stopping",
        remedy="Wait for Retry-After, then send again: this request was not stored.",
    ),
    "internal_fault": ErrorCode(
        status=503,
        title="hookline failed",
        remedy="Wait for Retry-After, then send again. Operator: the log has the error; please report it.",
    ),
}
