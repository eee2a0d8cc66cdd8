"""Translates errors into the codes that AWS SDKs know.

The shapes and messages are those of the SQS service model (API version 2012-11-05); the code in the ``x-amzn-query-error`` header
is the one of the older query protocol, which SDKs still show as the error's code.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.errors import NotFoundError, Rejected, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ACCESS_DENIED",
    "BATCH_IDS_NOT_DISTINCT",
    "BATCH_TOO_LONG",
    "BODY_TOO_LARGE",
    "EMPTY_BATCH",
    "INCOMPLETE_SIGNATURE",
    "INVALID_ADDRESS",
    "INVALID_ATTRIBUTE_NAME",
    "INVALID_BATCH_ID",
    "INVALID_CLIENT_TOKEN_ID",
    "INVALID_CONTENTS",
    "INVALID_PARAMETER_VALUE",
    "MEDIA_TYPE",
    "MESSAGE_NOT_IN_FLIGHT",
    "METHOD",
    "MISSING_ACTION",
    "MISSING_AUTHENTICATION_TOKEN",
    "MISSING_PARAMETER",
    "NOT_A_FORM",
    "NOT_JSON",
    "NO_SUCH_PATH",
    "NO_SUCH_RESOURCE",
    "PURGE_IN_PROGRESS",
    "QUEUE_DOES_NOT_EXIST",
    "QUEUE_NAME_EXISTS",
    "RECEIPT_HANDLE_INVALID",
    "REQUEST_EXPIRED",
    "REQUEST_THROTTLED",
    "SERVICE_UNAVAILABLE",
    "SIGNATURE_DOES_NOT_MATCH",
    "TOO_MANY_ENTRIES",
    "UNKNOWN_OPERATION",
    "UNSUPPORTED_OPERATION",
    "ErrorKind",
    "SqsError",
    "as_sqs_error",
    "unforeseen",
]

_RETRY_AFTER = 5  # seconds, the default of UnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorKind:
    """A kind of error: the shape in ``__type``, the code of the query protocol, and the HTTP status."""

    shape: str
    code: str
    status: int = 400

    @property
    def blame(self) -> str:
        """Whether sender or receiver is at fault, in the words of the query protocol."""
        return "Receiver" if self.status >= 500 else "Sender"  # noqa: PLR2004 -- HTTP's own border


class SqsError(Exception):
    """An error answer. ``detail`` may be shown to the client; ``retry_after`` is in seconds."""

    def __init__(self, kind: ErrorKind, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.retry_after = retry_after


def _sqs(shape: str, code: str | None = None, status: int = 400) -> ErrorKind:
    return ErrorKind(shape=f"com.amazonaws.sqs#{shape}", code=code or shape, status=status)


def _common(shape: str, code: str, status: int = 400) -> ErrorKind:
    return ErrorKind(shape=f"com.amazon.coral.service#{shape}", code=code, status=status)


QUEUE_DOES_NOT_EXIST = _sqs("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue")
QUEUE_NAME_EXISTS = _sqs("QueueNameExists", "QueueAlreadyExists")
PURGE_IN_PROGRESS = _sqs("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403)
EMPTY_BATCH = _sqs("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest")
TOO_MANY_ENTRIES = _sqs("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
BATCH_IDS_NOT_DISTINCT = _sqs("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
INVALID_BATCH_ID = _sqs("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId")
BATCH_TOO_LONG = _sqs("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong")
INVALID_CONTENTS = _sqs("InvalidMessageContents")
NO_SUCH_RESOURCE = _sqs("ResourceNotFoundException", status=404)
MESSAGE_NOT_IN_FLIGHT = _sqs("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight")
UNSUPPORTED_OPERATION = _sqs("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")
RECEIPT_HANDLE_INVALID = _sqs("ReceiptHandleIsInvalid")
INVALID_ATTRIBUTE_NAME = _sqs("InvalidAttributeName")
INVALID_ADDRESS = _sqs("InvalidAddress")
REQUEST_THROTTLED = _sqs("RequestThrottled", status=403)  # with this status botocore itself tries again
MEDIA_TYPE = _sqs("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 415)
METHOD = _sqs("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 405)

INVALID_PARAMETER_VALUE = _common("InvalidParameterValueException", "InvalidParameterValue")
MISSING_PARAMETER = _common("MissingRequiredParameterException", "MissingParameter")
UNKNOWN_OPERATION = _common("UnknownOperationException", "InvalidAction")
NOT_JSON = _common("SerializationException", "MalformedInput")
NOT_A_FORM = _common("SerializationException", "MalformedQueryString", 404)
MISSING_ACTION = _common("MissingActionException", "MissingAction")
ACCESS_DENIED = _common("AccessDeniedException", "AccessDenied", 403)
INCOMPLETE_SIGNATURE = _common("IncompleteSignature", "IncompleteSignature")
INVALID_CLIENT_TOKEN_ID = _common("InvalidClientTokenId", "InvalidClientTokenId", 403)
MISSING_AUTHENTICATION_TOKEN = _common("MissingAuthenticationToken", "MissingAuthenticationToken", 403)
REQUEST_EXPIRED = _common("RequestExpired", "RequestExpired")
SIGNATURE_DOES_NOT_MATCH = _common("SignatureDoesNotMatch", "SignatureDoesNotMatch", 403)
NO_SUCH_PATH = _common("UnknownOperationException", "InvalidAction", 404)
BODY_TOO_LARGE = _common("RequestEntityTooLargeException", "RequestEntityTooLarge", 413)
SERVICE_UNAVAILABLE = _common("ServiceUnavailableException", "ServiceUnavailable", 503)


_REFUSALS: Mapping[str, ErrorKind] = MappingProxyType(
    {
        "access_denied": ACCESS_DENIED,
        "access_key_unknown": INVALID_CLIENT_TOKEN_ID,
        "body_too_large": BODY_TOO_LARGE,
        "credentials_expired": REQUEST_EXPIRED,
        "credentials_incomplete": INCOMPLETE_SIGNATURE,
        "credentials_mismatch": SIGNATURE_DOES_NOT_MATCH,
        "credentials_missing": MISSING_AUTHENTICATION_TOKEN,
        "host_unknown": ACCESS_DENIED,
        "request_cross_site": ACCESS_DENIED,
        "request_forwarded": ACCESS_DENIED,
    }
)
"""AWS's names for refusals of unauthorized callers (SQS API Reference, "Common Errors")."""


def as_sqs_error(error: SqsError | NotFoundError | Rejected | UnavailableError) -> SqsError:
    """The answer to an expected error."""
    if isinstance(error, Rejected):
        return SqsError(_REFUSALS[error.code], f"{error.detail[:1].upper()}{error.detail[1:]}.")
    if isinstance(error, NotFoundError):
        return SqsError(QUEUE_DOES_NOT_EXIST, "The specified queue does not exist.")
    if isinstance(error, UnavailableError):
        return SqsError(SERVICE_UNAVAILABLE, error.detail, retry_after=error.retry_after)
    return error


def unforeseen() -> SqsError:
    """The answer to any other error: an outage, after which a retry may succeed."""
    return SqsError(SERVICE_UNAVAILABLE, "hookline failed; its log has the error.", retry_after=_RETRY_AFTER)
