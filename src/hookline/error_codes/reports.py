"""Codes that hookline reports at start, in its log and from its commands."""

from __future__ import annotations

from typing import Final

from hookline.error_codes.code import ErrorCode

__all__ = ["REPORTS"]

REPORTS: Final = {
    "config_invalid": ErrorCode(title="hookline.toml is not right", remedy="Fix every problem listed above."),
    "pattern_invalid": ErrorCode(title="An event pattern is not right", remedy="Fix every problem listed above."),
    "data_directory_in_use": ErrorCode(
        title="Another hookline serves this data directory",
        remedy="Stop it first, or use another --data-dir.",
    ),
    "database_damaged": ErrorCode(
        title="The database is damaged",
        remedy="Keep a copy of the data directory, then restore a backup: docs/how-to/back-up.md says how.",
    ),
    "data_directory_unusable": ErrorCode(
        title="The data directory cannot be used", remedy="Check the path, its owner and its permissions."
    ),
    "storage_key_missing": ErrorCode(
        title="The key of sealed bodies is missing",
        remedy="Give the secret that the message names: for a server in the list `key` under [storage], for a command in the environment "
        "or in .env. Of a key that is lost, nothing can be opened.",
    ),
    "reseal_refused": ErrorCode(
        title="Nothing can be sealed anew now",
        remedy="Do what the message says. Nothing was changed.",
    ),
    "schema_too_new": ErrorCode(
        title="The database was written by a newer hookline",
        remedy="Use that version, or restore a backup that this one wrote.",
    ),
    "not_replayable": ErrorCode(
        title="The event already waits to be routed", remedy="Wait: recovery comes by within seconds."
    ),
    "replay_unfinished": ErrorCode(
        title="The same replay was begun more than a day ago",
        remedy="Go on with `--resume` and its id, or begin a new one with `--fresh`.",
    ),
    "restored_table_unknown": ErrorCode(
        title="This table holds no earlier state of the events",
        remedy="Have DynamoDB restore the table of events to a new one, and name that: docs/how-to/back-up.md#on-aws.",
    ),
    "move_running": ErrorCode(
        title="The dead letters of this queue are being moved already",
        remedy="Wait until that has ended. On AWS the console of SQS shows it, as `aws sqs list-message-move-tasks` does.",
    ),
    "move_failed": ErrorCode(
        title="SQS could not move all dead letters",
        remedy="Read its reason above, and run the command again: what was moved stays moved.",
    ),
    "time_range_missing": ErrorCode(
        title="The command would read everything",
        remedy="Say from which time on, such as `--since 2026-03-01` or `--since 2h`.",
    ),
    "message_refused": ErrorCode(
        title="A queue refuses the event's message",
        remedy="See the detail for SQS's own word. Fix what it names, then replay the event (`hookline replay`).",
    ),
    "purge_in_progress": ErrorCode(
        title="The queue is still being purged",
        remedy="Wait a minute, then run the command again if messages are left.",
    ),
    "invocation_unknown": ErrorCode(
        title="The router does not know this invocation",
        remedy="Let only the validator, the recoverer and `hookline replay` invoke the router; nothing else belongs in between.",
    ),
    "routing_unfinished": ErrorCode(
        title="Some events have to be routed again",
        remedy="Nothing: Lambda tries again, and then the recoverer does. If it goes on, see the router's log for the events' own faults.",
    ),
    "environment_unknown": ErrorCode(
        title="There is no such environment",
        remedy="Check the name after aws:, and which account and region you work in (AWS_PROFILE, AWS_REGION).",
    ),
    "secret_unusable": ErrorCode(
        title="The secret cannot be used",
        remedy="Take the value as the sender shows it, whole; `hookline secrets set` reads it from standard input or a variable.",
    ),
    "not_armable": ErrorCode(
        title="The source cannot be armed",
        remedy="See the detail: only Asana and Notion bring their secrets, each under a name that has no value yet.",
    ),
    "aws_sdk_missing": ErrorCode(
        title="The AWS SDK is not installed",
        remedy='pip install "hookline[aws]".',
    ),
    "aws_credentials": ErrorCode(
        title="AWS does not know who is asking",
        remedy="Log in, or set AWS_PROFILE or the access keys, and AWS_REGION; `aws sts get-caller-identity` shows who you are.",
    ),
    "aws_access_denied": ErrorCode(title="AWS does not allow that", remedy="Ask for the right that the detail names."),
    "aws_refused": ErrorCode(title="AWS refused the call", remedy="See the detail, which has AWS's own words."),
    "aws_unreachable": ErrorCode(title="AWS cannot be reached now", remedy="Check the connection, then try again."),
    "forward_unreachable": ErrorCode(
        title="The endpoint of a forward did not answer",
        remedy="Check the URL, the endpoint and its certificate. The message is tried again; see `timeout` under [[forwards]].",
    ),
    "forward_address_refused": ErrorCode(
        title="The endpoint of a forward is at an address that is not allowed",
        remedy="Check the name of the host. For an endpoint in your own network write `allow_private = true` under [[forwards]].",
    ),
    "forward_aborted": ErrorCode(
        title="A forward stopped before its endpoint answered",
        remedy="No action needed: the message is on its queue and is sent again.",
    ),
    "forward_gone": ErrorCode(
        title="The endpoint of a forward wants no more messages",
        remedy="Its messages stay on their queue. Correct the URL or remove the forward, then reload or restart.",
    ),
    "not_found": ErrorCode(title="Not found", remedy="Check the name: the list commands show what there is."),
    "event_erased": ErrorCode(
        status=410,
        title="The content of the event was erased",
        remedy="Nothing brings it back here. The audit log says when it was erased and why; the sender may still have it.",
    ),
    "events_undelivered": ErrorCode(
        title="The erasure would remove events that no queue has got yet",
        remedy="Deliver them first: wait, or replay those that failed. `--undelivered` erases them all the same, and nobody gets them.",
    ),
    "erasure_of_everything": ErrorCode(
        title="The erasure would remove every event",
        remedy="Check the pattern. `--everything` erases what is stored of all of them.",
    ),
    "reconcile_unsupported": ErrorCode(
        title="This source cannot be compared with what its sender says",
        remedy="See the detail: it names what the sender has instead, or what has to be named.",
    ),
    "sender_api_unavailable": ErrorCode(
        title="The sender's API cannot be asked now",
        remedy="Run the command again later; with `--resume` and the word in the detail it goes on where it stopped.",
    ),
    "sender_api_refused": ErrorCode(
        title="The sender's API refused",
        remedy="Check the credentials that --credentials-env names and their rights, and --hook.",
    ),
    "sender_api_wrong": ErrorCode(
        title="The sender's API answered something else than it documents",
        remedy="Try again. If it stays, the sender has changed its API: report it.",
    ),
    "api_unreachable": ErrorCode(
        title="The control room cannot be asked",
        remedy="Check --url: it is the address of the admin port. For https with a certificate of your own, name it in SSL_CERT_FILE.",
    ),
    "api_refused": ErrorCode(title="The control room refused", remedy="See the detail, which has its own words."),
}
