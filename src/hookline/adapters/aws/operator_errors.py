"""Translates AWS's faults into errors for a person at the command line, who can see what to fix."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.errors import code_of, translated
from hookline.adapters.aws.rights import DENIED
from hookline.errors import OperatorError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.errors import HooklineError

__all__ = ["as_operator_errors"]

_MEANINGS: Mapping[str, frozenset[str]] = {
    "aws_credentials": frozenset(
        {
            "CredentialRetrievalError",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "LoginRefreshRequired",
            "LoginTokenLoadError",
            "MissingAuthenticationToken",
            "NoAuthTokenError",
            "NoCredentialsError",
            "NoRegionError",
            "PartialCredentialsError",
            "ProfileNotFound",
            "RefreshWithMFAUnsupportedError",
            "SSOError",
            "SSOTokenLoadError",
            "SignatureDoesNotMatch",
            "TokenRetrievalError",
            "UnauthorizedSSOTokenError",
            "UnrecognizedClientException",
        }
    ),
    "aws_access_denied": DENIED,
    "not_found": frozenset({"QueueDoesNotExist"}),
    "environment_unknown": frozenset({"NoSuchBucket", "ResourceNotFoundException"}),
}
"""The names of botocore's exceptions and of services' errors, by hookline's code."""


@contextmanager
def as_operator_errors() -> Iterator[None]:
    """Translate every AWS fault into an OperatorError with a code that says what to fix."""
    try:
        with translated():
            yield
    except UnavailableError as fault:
        raise _told(fault) from fault


def _told(fault: UnavailableError) -> HooklineError:
    cause = fault.__cause__
    if not isinstance(cause, BotoCoreError | ClientError):
        return fault
    name = code_of(cause) if isinstance(cause, ClientError) else type(cause).__name__
    for code, known in _MEANINGS.items():
        if name in known:
            meant = OperatorError(code, fault.detail)
            meant.missing_right = fault.missing_right
            return meant
    return OperatorError("aws_refused" if fault.code == "internal_fault" else "aws_unreachable", fault.detail)
