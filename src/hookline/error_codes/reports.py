"""Codes that hookline reports at start, in its log and from its commands."""

from __future__ import annotations

from typing import Final

from hookline.error_codes.code import ErrorCode

__all__ = ["REPORTS"]

REPORTS: Final = {
    "config_invalid": ErrorCode(title="hookline.toml is not valid", remedy="Fix every problem listed above."),
    "pattern_invalid": ErrorCode(title="An event pattern is not valid", remedy="Fix every problem listed above."),
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
        remedy="Provide the secret that the message names: for a server in the list `key` under [storage], for a command in the "
        "environment or in .env. Without the key its bodies cannot be decrypted.",
    ),
    "reseal_refused": ErrorCode(
        title="Bodies cannot be sealed again now",
        remedy="Do what the message says. Nothing was changed.",
    ),
    "schema_too_new": ErrorCode(
        title="The database was written by a newer hookline",
        remedy="Use that version, or restore a backup that this version wrote.",
    ),
    "not_replayable": ErrorCode(
        title="The event already waits to be routed", remedy="Wait: recovery routes it within seconds."
    ),
    "replay_unfinished": ErrorCode(
        title="The same replay was begun more than a day ago, and is not finished",
        remedy="Continue it with `--resume` and its id, or begin a new one with `--fresh`.",
    ),
    "restored_table_unknown": ErrorCode(
        title="This table is not a restored table of events",
        remedy="Let DynamoDB restore the table of events to a new table, and name the new one: docs/how-to/back-up.md#on-aws.",
    ),
    "move_running": ErrorCode(
        title="The dead letters of this queue are being moved already",
        remedy="Wait until the move has ended. On AWS the SQS console and `aws sqs list-message-move-tasks` show it.",
    ),
    "move_failed": ErrorCode(
        title="SQS could not move all dead letters",
        remedy="Read the reason above, and run the command again. Messages that were already moved are not moved back.",
    ),
    "time_range_missing": ErrorCode(
        title="The command would read everything",
        remedy="Give a start time, such as `--since 2026-03-01` or `--since 2h`.",
    ),
    "message_refused": ErrorCode(
        title="A queue refuses the event's message",
        remedy="The detail has the error of SQS. Fix what it names, then replay the event (`hookline replay`).",
    ),
    "purge_in_progress": ErrorCode(
        title="The queue is still being purged",
        remedy="Wait a minute, then run the command again if messages are left.",
    ),
    "invocation_unknown": ErrorCode(
        title="The router does not know this invocation",
        remedy="Only the validator, the recoverer and `hookline replay` may invoke the router; no other program and no AWS service may.",
    ),
    "routing_unfinished": ErrorCode(
        title="Some events have to be routed again",
        remedy="No action needed: Lambda retries, then the recoverer does. If it continues, the router's log has the error of each event.",
    ),
    "environment_unknown": ErrorCode(
        title="The environment does not exist",
        remedy="Check the name after aws:, and your account and region (AWS_PROFILE, AWS_REGION).",
    ),
    "secret_unusable": ErrorCode(
        title="The secret cannot be used",
        remedy="Use the whole value, exactly as the sender shows it. `hookline secrets set` reads it from standard input or a variable.",
    ),
    "not_armable": ErrorCode(
        title="The source cannot be armed",
        remedy="See the detail. Only Asana and Notion bring their secrets, and the secret's name must not have a value yet.",
    ),
    "aws_sdk_missing": ErrorCode(
        title="The AWS SDK is not installed",
        remedy='pip install "hookline[aws]".',
    ),
    "aws_credentials": ErrorCode(
        title="AWS credentials are missing or not valid",
        remedy="Log in, or set AWS_PROFILE or the access keys, and AWS_REGION; `aws sts get-caller-identity` shows who you are.",
    ),
    "aws_access_denied": ErrorCode(
        title="AWS denied access", remedy="Ask your administrator for the permission that the detail names."
    ),
    "aws_refused": ErrorCode(title="AWS refused the call", remedy="The detail has the error of AWS."),
    "aws_unreachable": ErrorCode(title="AWS cannot be reached now", remedy="Check the connection, then try again."),
    "forward_unreachable": ErrorCode(
        title="The endpoint of a forward did not answer",
        remedy="Check the URL, the endpoint and its certificate. hookline sends the message again; see `timeout` under [[forwards]].",
    ),
    "forward_address_refused": ErrorCode(
        title="The endpoint of a forward has an address that is not allowed",
        remedy="Check the name of the host. For an endpoint in your own network write `allow_private = true` under [[forwards]].",
    ),
    "forward_aborted": ErrorCode(
        title="A forward stopped before its endpoint answered",
        remedy="No action needed: the message is on its queue and is sent again.",
    ),
    "forward_gone": ErrorCode(
        title="The endpoint of a forward refuses all further messages",
        remedy="Its messages stay on their queue. Correct the URL or remove the forward, then reload or restart.",
    ),
    "not_found": ErrorCode(
        title="The name does not exist", remedy="Check the name: the list commands show the names that exist."
    ),
    "event_erased": ErrorCode(
        status=410,
        title="The content of the event was erased",
        remedy="It cannot be restored here. The audit log says when and why it was erased; the sender may still have it.",
    ),
    "events_undelivered": ErrorCode(
        title="The erasure would remove events that are not on a queue yet",
        remedy="Deliver them first: wait, or replay the failed ones. `--undelivered` erases them before anyone receives them.",
    ),
    "erasure_of_everything": ErrorCode(
        title="The erasure would remove every event",
        remedy="Check the pattern. With `--everything` the command erases all events.",
    ),
    "reconcile_unsupported": ErrorCode(
        title="This source cannot be compared with its sender's records",
        remedy="See the detail: it names what the sender offers instead, or the option that is missing.",
    ),
    "sender_api_unavailable": ErrorCode(
        title="The sender's API cannot be reached now",
        remedy="Run the command again later. With `--resume` and the word in the detail it continues where it stopped.",
    ),
    "sender_api_refused": ErrorCode(
        title="The sender's API refused the call",
        remedy="Check the credentials that --credentials-env names, their permissions, and --hook.",
    ),
    "sender_api_wrong": ErrorCode(
        title="The sender's API gave an answer that its documentation does not have",
        remedy="Try again. If it happens again, the sender has changed its API: please report it.",
    ),
    "api_unreachable": ErrorCode(
        title="The control room cannot be reached",
        remedy="Check --url: it is the address of the admin port. For https with your own certificate, name its file in SSL_CERT_FILE.",
    ),
    "api_refused": ErrorCode(title="The control room refused the call", remedy="The detail has its error."),
    "api_secret_missing": ErrorCode(
        title="The secret of the access key is missing",
        remedy="Put it into the environment variable, or the line of .env, that --access-secret names.",
    ),
    "system": ErrorCode(
        title="The operating system refused an operation",
        remedy="Check the path, its owner and its permissions, and that the disk has room.",
    ),
    "acknowledged_too_late": ErrorCode(
        title="Some messages could not be deleted any more",
        remedy="They will be received again; use a longer --visibility.",
    ),
    "backup_unsound": ErrorCode(
        title="The copy of the database is not sound",
        remedy="Nothing was written. Check the disk and the database.",
    ),
    "demo_failed": ErrorCode(
        title="The demo could not run",
        remedy="Try `hookline init` and `hookline serve` by hand to see more.",
    ),
}
