"""Everything that hookline raises on purpose, by whose fault it is.

::

    HooklineError
    ├── Rejected               the sender's fault: a 4xx, or 501 and 505 for what HTTP/1.1 here does not have; reported to the sender
    ├── UnavailableError       ours, try again: a 503 with Retry-After
    │   └── DamagedError       the same to a sender; time does not help, an operator must restore a backup
    └── OperatorError          the operator's fault: said at start or on the command line
        ├── ConfigError        hookline.toml, with every complaint at once
        ├── PatternError       an event pattern, with every complaint at once
        ├── DataDirectoryError the data directory is in use, unreadable or newer than this code
        └── NotFoundError      an event, queue or source that does not exist

Each error carries a stable ``code`` (listed in docs/reference/errors.md), a sentence that is safe to show, and, where there is any,
evidence: which part of the input is meant, and why. None carries a secret, a signature or a body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CODES",
    "Complaint",
    "ConfigError",
    "DamagedError",
    "DataDirectoryError",
    "ErrorCode",
    "HooklineError",
    "NotFoundError",
    "OperatorError",
    "PatternError",
    "Rejected",
    "UnavailableError",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCode:
    """What a stable code means: its HTTP status (None where none is ever sent), a short title and what to do about it."""

    status: int | None
    title: str
    remedy: str


CODES: dict[str, ErrorCode] = {
    "malformed_request": ErrorCode(
        status=400,
        title="Not an HTTP request",
        remedy="Send well-formed HTTP/1.1, with the whole body that was announced.",
    ),
    "host_unknown": ErrorCode(
        status=400,
        title="This port is asked for under another name",
        remedy="Operator: ask the admin port as 127.0.0.1, localhost or [::1]; a proxy in front of it has to set Host to one of them.",
    ),
    "body_not_json": ErrorCode(
        status=400,
        title="The body is not JSON",
        remedy="Send one UTF-8 JSON document (RFC 8259): no NaN, no Infinity, no trailing bytes.",
    ),
    "body_ambiguous": ErrorCode(
        status=400,
        title="The request can be read in two ways",
        remedy="Send each name once. Operator: see `hookline rejected show`; `hookline rejected retry --accept-ambiguous` takes it.",
    ),
    "schema_mismatch": ErrorCode(
        status=400,
        title="The body does not fit the source's schema",
        remedy="Mend what the JSON pointers in `errors` name, or correct the schema.",
    ),
    "delivery_id_missing": ErrorCode(
        status=400,
        title="The delivery has no id",
        remedy='Send the id where the source looks for it (`id` in hookline.toml), or set `id = "content-hash"` there.',
    ),
    "delivery_id_invalid": ErrorCode(
        status=400,
        title="The delivery id cannot be used",
        remedy="Send a string or a whole number of 1 to 256 characters, without control characters.",
    ),
    "event_type_missing": ErrorCode(
        status=400,
        title="The event has no type",
        remedy="Send the type where the source looks for it (`type` in hookline.toml).",
    ),
    "event_type_invalid": ErrorCode(
        status=400,
        title="The event type cannot be used",
        remedy="Send a string or a whole number of 1 to 256 characters, without control characters.",
    ),
    "handshake_invalid": ErrorCode(
        status=400,
        title="This is no handshake that the sender makes",
        remedy="Nothing, when it was no sender: the path answers events and the handshakes of its sender alone.",
    ),
    "signature_missing": ErrorCode(
        status=401,
        title="The signature is missing",
        remedy="Send the signature headers that the source's scheme names.",
    ),
    "signature_mismatch": ErrorCode(
        status=401,
        title="The signature does not fit",
        remedy="Sign the exact bytes that are sent, with the current secret of this source.",
    ),
    "timestamp_missing": ErrorCode(
        status=401,
        title="The signed timestamp is missing",
        remedy="Send the timestamp header that the source's scheme names.",
    ),
    "timestamp_invalid": ErrorCode(
        status=401, title="The signed timestamp cannot be read", remedy="Send whole seconds since 1970."
    ),
    "timestamp_outside_tolerance": ErrorCode(
        status=401,
        title="The signed timestamp is too far from now",
        remedy="Set the sender's clock, and sign each attempt anew; 300 seconds either way are tolerated unless the source says otherwise.",
    ),
    "request_refused": ErrorCode(
        status=403,
        title="The gateway refused the request",
        remedy="Send an ordinary POST with the source's own signature headers, and no Authorization header for AWS.",
    ),
    "handshake_refused": ErrorCode(
        status=403,
        title="The handshake is not expected",
        remedy="Operator: give the sender the token of hookline.toml; where it brings a secret, arm the source (`hookline sources arm`).",
    ),
    "unknown_path": ErrorCode(
        status=404,
        title="No source listens on this path",
        remedy="Post to the path of a source: `hookline check` lists them.",
    ),
    "method_not_allowed": ErrorCode(
        status=405,
        title="This method is not answered here",
        remedy="Use POST, or what else the Allow header of the answer names.",
    ),
    "request_timeout": ErrorCode(
        status=408,
        title="The request did not arrive in time",
        remedy="Send the whole request within the read deadline (`read_timeout` under [server]).",
    ),
    "delivery_conflict": ErrorCode(
        status=409,
        title="This delivery was seen with another body",
        remedy="Give a new event a new id and its own signature. The first body stands; this one is kept aside (`hookline events show`).",
    ),
    "delivery_reused": ErrorCode(
        status=409,
        title="This delivery belongs to an event that has expired",
        remedy="Give a new event a new id. The first event is no longer kept, and its digest shows that it had another body.",
    ),
    "body_too_large": ErrorCode(
        status=413,
        title="The body is too large",
        remedy="Send at most `max_body` bytes (1 MiB, or the largest that a named sender documents, unless hookline.toml says otherwise).",
    ),
    "unsupported_media_type": ErrorCode(
        status=415, title="The media type is not taken here", remedy="Send Content-Type: application/json."
    ),
    "unsupported_content_encoding": ErrorCode(
        status=415,
        title="Coded bodies are not taken here",
        remedy="Send the body as it is, without Content-Encoding (gzip and the like). Sign those same bytes.",
    ),
    "too_many_requests": ErrorCode(
        status=429,
        title="Too many requests",
        remedy="Wait for Retry-After, then send again: nothing of this request was kept.",
    ),
    "headers_too_large": ErrorCode(
        status=431,
        title="The headers are too large",
        remedy="Send at most 32 KiB of request line and headers, and at most 200 headers.",
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
    "overloaded": ErrorCode(
        status=503,
        title="Too much is in flight",
        remedy="Wait for Retry-After, then send again: nothing of this request was kept.",
    ),
    "storage_unavailable": ErrorCode(
        status=503,
        title="The event cannot be stored now",
        remedy="Wait for Retry-After, then send again. Operator: see the log for the disk's or database's own words.",
    ),
    "storage_full": ErrorCode(
        status=503,
        title="The disk has no room for new events",
        remedy="Wait for Retry-After, then send again. Operator: let consumers and retention free room, or enlarge the disk; "
        "see `reserve` under [storage].",
    ),
    "secrets_unavailable": ErrorCode(
        status=503,
        title="The source's secrets cannot be read now",
        remedy="Wait for Retry-After, then send again. Operator: see the log for which secret is missing.",
    ),
    "visit_failed": ErrorCode(
        status=503,
        title="The subscription cannot be confirmed now",
        remedy="Wait for Retry-After, then send again. Operator: see the log for which host did not answer as it should.",
    ),
    "keys_unavailable": ErrorCode(
        status=503,
        title="The sender's public key cannot be fetched now",
        remedy="Wait for Retry-After, then send again. Operator: see the log for which key, and check that its host can be reached.",
    ),
    "confirmation_unavailable": ErrorCode(
        status=503,
        title="The sender does not say now whether the call is its own",
        remedy="Wait for Retry-After, then send again. Operator: see the log for the host and its answer, and check the credentials.",
    ),
    "deadline_reached": ErrorCode(
        status=503,
        title="No answer in time",
        remedy="Wait for Retry-After, then send again: a duplicate is recognised.",
    ),
    "shutting_down": ErrorCode(
        status=503,
        title="The server is stopping",
        remedy="Wait for Retry-After, then send again: nothing of this request was kept.",
    ),
    "internal_fault": ErrorCode(
        status=503,
        title="hookline failed",
        remedy="Wait for Retry-After, then send again. Operator: the log has the fault; please report it.",
    ),
    "config_invalid": ErrorCode(status=None, title="hookline.toml is not right", remedy="Mend every line of the list."),
    "pattern_invalid": ErrorCode(
        status=None, title="An event pattern is not right", remedy="Mend every line of the list."
    ),
    "data_directory_in_use": ErrorCode(
        status=None,
        title="Another hookline serves this data directory",
        remedy="Stop it first, or use another --data-dir.",
    ),
    "database_damaged": ErrorCode(
        status=None,
        title="The database is damaged",
        remedy="Keep a copy of the data directory, then restore a backup: docs/how-to/back-up.md says how.",
    ),
    "data_directory_unusable": ErrorCode(
        status=None, title="The data directory cannot be used", remedy="Check the path, its owner and its permissions."
    ),
    "schema_too_new": ErrorCode(
        status=None,
        title="The database was written by a newer hookline",
        remedy="Use that version, or restore a backup that this one wrote.",
    ),
    "not_replayable": ErrorCode(
        status=None, title="The event already waits to be routed", remedy="Wait: recovery comes by within seconds."
    ),
    "message_refused": ErrorCode(
        status=None,
        title="A queue refuses the event's message",
        remedy="See the detail for SQS's own word. Mend what it names, then replay the event (`hookline replay`).",
    ),
    "invocation_unknown": ErrorCode(
        status=None,
        title="The router does not know this invocation",
        remedy="Let only the validator, the recoverer and `hookline replay` invoke the router; nothing else belongs in between.",
    ),
    "target_unknown": ErrorCode(
        status=None,
        title="There is no such target",
        remedy="Use an architecture and a Python version that the detail names.",
    ),
    "pip_missing": ErrorCode(
        status=None,
        title="The tool that fetches packages is missing",
        remedy="Run `python -m ensurepip` in hookline's environment, or install pip there by other means.",
    ),
    "wheel_missing": ErrorCode(
        status=None,
        title="A package of the layer has no wheel for this target",
        remedy="Choose another architecture or Python version, or put the wheel into the folder of --wheels.",
    ),
    "wheel_altered": ErrorCode(
        status=None,
        title="A package of the layer is not the one that was pinned",
        remedy="Find out where it came from: its SHA-256 is none of those that this hookline was tested with.",
    ),
    "wheels_unreachable": ErrorCode(
        status=None,
        title="The layer's packages cannot be fetched",
        remedy="Check the connection and pip's settings, or bring the wheels along in a folder (--wheels).",
    ),
    "archives_unwritable": ErrorCode(
        status=None,
        title="The archives cannot be written",
        remedy="Check the path, its owner and its permissions, and that the disk has room.",
    ),
    "routing_unfinished": ErrorCode(
        status=None,
        title="Some events have to be routed again",
        remedy="Nothing: Lambda tries again, and then the recoverer does. If it goes on, see the router's log for the events' own faults.",
    ),
    "prices_invalid": ErrorCode(
        status=None,
        title="The sheet of prices is not right",
        remedy="Begin with a copy of hookline's own prices.toml, which has every price that is needed.",
    ),
    "environment_unknown": ErrorCode(
        status=None,
        title="There is no such environment",
        remedy="Check the name after aws: or --env, and which account and region you work in (AWS_PROFILE, AWS_REGION).",
    ),
    "secret_unusable": ErrorCode(
        status=None,
        title="The secret cannot be used",
        remedy="Take the value as the sender shows it, whole; `hookline secrets set` reads it from standard input or a variable.",
    ),
    "not_armable": ErrorCode(
        status=None,
        title="The source cannot be armed",
        remedy="See the detail: only Asana and Notion bring their secrets, each under a name that has no value yet.",
    ),
    "aws_sdk_missing": ErrorCode(
        status=None,
        title="The AWS SDK is not installed",
        remedy='pip install "hookline[aws]".',
    ),
    "aws_credentials": ErrorCode(
        status=None,
        title="AWS does not know who is asking",
        remedy="Log in, or set AWS_PROFILE or the access keys, and AWS_REGION; `aws sts get-caller-identity` shows who you are.",
    ),
    "aws_access_denied": ErrorCode(
        status=None,
        title="AWS does not allow that",
        remedy="Ask for the right that the detail names.",
    ),
    "aws_refused": ErrorCode(
        status=None,
        title="AWS refused the call",
        remedy="See the detail, which has AWS's own words.",
    ),
    "aws_unreachable": ErrorCode(
        status=None,
        title="AWS cannot be reached now",
        remedy="Check the connection, then try again.",
    ),
    "not_found": ErrorCode(
        status=None, title="There is no such thing", remedy="Check the name: the list commands show what there is."
    ),
}
"""Every stable code; docs/reference/errors.md has one row for each, and a test compares them."""


class HooklineError(Exception):
    """The root: carries a stable code and a sentence that is safe to show."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

    @property
    def title(self) -> str:
        """A short, fixed name of the fault."""
        return CODES[self.code].title

    @property
    def remedy(self) -> str:
        """What to do about it, in a sentence."""
        return CODES[self.code].remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thing that is wrong: where (a JSON pointer, or a dotted key of hookline.toml) and why."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}" if self.where else self.why


class Rejected(HooklineError):  # noqa: N818 -- the design's word for it: a refusal, not a fault of ours
    """The sender's fault. The only thing that outside input can raise."""

    def __init__(
        self, code: str, detail: str, *, complaints: Sequence[Complaint] = (), allowed: Sequence[str] = ()
    ) -> None:
        super().__init__(code, detail)
        self.complaints = tuple(complaints)
        self.allowed = tuple(allowed)
        """The methods that would have been answered, where the method is what is wrong."""

    @property
    def status(self) -> int:
        """The HTTP status that the sender gets."""
        return CODES[self.code].status or 400


class UnavailableError(HooklineError):
    """Ours, and worth another try: the sender gets 503 with Retry-After, and nothing that was acknowledged is touched."""

    def __init__(self, code: str, detail: str, *, retry_after: int = 5) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after
        """Seconds until another try makes sense."""

    @property
    def status(self) -> int:
        """The HTTP status that the sender gets."""
        return CODES[self.code].status or 503


class DamagedError(UnavailableError):
    """The database is damaged: to a sender as unavailable as any other storage, at start a reason not to begin."""


class OperatorError(HooklineError):
    """The operator's fault: told on the command line, never to a sender."""


class _ManyComplaintsError(OperatorError):
    """An operator's error that lists everything that is wrong in one go."""

    def __init__(self, code: str, complaints: Sequence[Complaint]) -> None:
        super().__init__(code, "\n".join(map(str, complaints)))
        self.complaints = tuple(complaints)


class ConfigError(_ManyComplaintsError):
    """The configuration is not right; ``complaints`` has all that is wrong with it."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("config_invalid", complaints)


class PatternError(_ManyComplaintsError):
    """An event pattern is not right; ``complaints`` has all that is wrong with it, by JSON pointer."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        super().__init__("pattern_invalid", complaints)


class DataDirectoryError(OperatorError):
    """The data directory is in use, cannot be used, or is newer than this code."""


class NotFoundError(OperatorError):
    """An event, queue or source that does not exist."""

    def __init__(self, detail: str) -> None:
        super().__init__("not_found", detail)
