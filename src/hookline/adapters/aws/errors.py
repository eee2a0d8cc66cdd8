"""Translates botocore's errors into hookline's: the only place that does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (  # type: ignore[import-untyped] # botocore carries no types
    BotoCoreError,
    CapacityNotAvailableError,
    ChecksumError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
    ParamValidationError,
    ValidationError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from hookline.adapters.aws.rights import missing_right
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["code_of", "meaning_of", "translated", "unavailable", "was_retried"]

_PASSING = "storage_unavailable"
_OURS = "internal_fault"
_TOO_MANY = 429
_THEIR_FAULT = 500

_MAY_PASS = (
    HTTPClientError,
    NoConnectionError,
    IncompleteReadError,
    ChecksumError,
    FlexibleChecksumError,
    MetadataRetrievalError,
    CapacityNotAvailableError,
)
"""The network, or AWS itself. Botocore's other exceptions are about credentials, settings or how the call was made."""

_BUSY = frozenset(
    {
        "BandwidthLimitExceeded",
        "ConditionalRequestConflict",
        "LimitExceededException",
        "OverLimit",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ResourceConflictException",
        "TooManyUpdates",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""4xx errors that the call did not cause: limits, and conflicts with another call at the same time."""

_SETUP = ("EC2Access", "EC2Unexpected", "ENI", "Invalid", "KMS", "Subnet")
"""How the names of Lambda's 502 errors begin that a setting of the function causes: they last until the setting is changed."""


def code_of(error: ClientError) -> str:
    """The error's name as in the service's documentation: SQS has two spellings of some names."""
    code = str(_described(error).get("Code", ""))
    return (
        code.rpartition("#")[2].removeprefix("AWS.SimpleQueueService.").replace("NonExistentQueue", "QueueDoesNotExist")
    )


def meaning_of(error: BotoCoreError | ClientError) -> str:
    """``storage_unavailable`` for a fault that may end without a change, ``internal_fault`` for one that an operator must fix."""
    may_pass = _answer_may_pass(error) if isinstance(error, ClientError) else isinstance(error, _MAY_PASS)
    return _PASSING if may_pass else _OURS


def _answer_may_pass(error: ClientError) -> bool:
    name, status = code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if "Throttl" in name or name in _BUSY or status == _TOO_MANY:
        return True
    return status >= _THEIR_FAULT and not name.startswith(_SETUP)


def unavailable(error: BotoCoreError | ClientError, *, passing: str = _PASSING) -> UnavailableError:
    """The same fault as an UnavailableError, with AWS's text for the log; ``passing`` is the code for a temporary fault."""
    meaning = meaning_of(error)
    fault = UnavailableError(passing if meaning == _PASSING else meaning, f"AWS: {_said(error)}")
    fault.missing_right = missing_right(error) if isinstance(error, ClientError) else None
    return fault


@contextmanager
def translated(*, passing: str = _PASSING, but: Collection[str] = ()) -> Iterator[None]:
    """Translate every exception of botocore except the service errors named in ``but``, which the caller handles itself."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and code_of(error) in but:
            raise
        raise unavailable(error, passing=passing) from error


def was_retried(error: ClientError) -> bool:
    """Whether botocore had retried the call: an earlier attempt may have succeeded, and only its answer was lost."""
    return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0))


def _said(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ParamValidationError | ValidationError):
        return type(error).__name__  # its text shows the invalid value, which may be a body
    if not isinstance(error, ClientError):
        return f"{type(error).__name__}: {error}"
    return f"{error.operation_name}: {code_of(error)}: {_described(error).get('Message', '')}"


def _described(error: ClientError) -> Mapping[str, Any]:  # botocore's own answer
    described: Mapping[str, Any] = error.response.get("Error", {})
    return described
