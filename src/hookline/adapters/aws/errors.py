"""What botocore's errors mean to us: the one place where they are translated."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (  # type: ignore[import-untyped] # botocore carries no types
    BotoCoreError,
    ClientError,
    ParamValidationError,
    ValidationError,
)

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["ERRORS", "MEANINGS", "code_of", "meaning_of", "translated", "unavailable", "was_retried"]

_PASSING = "storage_unavailable"
_OURS = "internal_fault"
_TOO_MANY = 429
_THEIR_FAULT = 500


def _table(**names: str) -> dict[str, str]:
    return {name: meaning for meaning, text in names.items() for name in text.split()}


MEANINGS: Mapping[str, str] = _table(
    # the network, or AWS itself: it may pass, and the sender should come again
    storage_unavailable="""
        CapacityNotAvailableError ConnectTimeoutError ConnectionClosedError ConnectionError EndpointConnectionError
        HTTPClientError IncompleteReadError MetadataRetrievalError ProxyConnectionError ReadTimeoutError
        ResponseStreamingError SSLError ChecksumError FlexibleChecksumError
    """,
    # credentials, configuration, or a call that was made wrongly: still a 503, because the sender did nothing wrong
    internal_fault="""
        AliasConflictParameterError ApiVersionNotFoundError AwsChunkedWrapperError BaseEndpointResolverError BotoCoreError
        ClientError ConfigNotFound ConfigParseError CredentialRetrievalError DataNotFoundError EndpointProviderError
        EndpointResolutionError EndpointVariantError EventStreamError ImminentRemovalWarning InfiniteLoopConfigError
        InvalidChecksumConfigError InvalidConfigError InvalidDNSNameError InvalidDefaultsMode
        InvalidEndpointConfigurationError InvalidEndpointDiscoveryConfigurationError InvalidExpressionError
        InvalidHostLabelError InvalidIMDSEndpointError InvalidIMDSEndpointModeError InvalidMaxRetryAttemptsError
        InvalidProxiesConfigError InvalidRegionError InvalidRetryConfigurationError InvalidRetryModeError
        InvalidS3AddressingStyleError InvalidS3UsEast1RegionalEndpointConfigError InvalidSTSRegionalEndpointsConfigError
        LoginAuthorizationCodeError LoginError LoginInsufficientPermissions LoginRefreshRequired LoginTokenLoadError
        MD5UnavailableError MissingDependencyException MissingParametersError MissingServiceIdError NoAuthTokenError
        NoCredentialsError NoRegionError OperationNotPageableError PaginationError ParamValidationError
        PartialCredentialsError ProfileNotFound RangeError RefreshWithMFAUnsupportedError SSOError
        SSOTokenLoadError ServiceNotInRegionError StubAssertionError StubResponseError TokenRetrievalError
        UnStubbedResponseError UnauthorizedSSOTokenError UndefinedModelAttributeError UnknownClientMethodError
        UnknownCredentialError UnknownEndpointError UnknownEndpointResolutionBuiltInName UnknownFIPSEndpointError
        UnknownKeyError UnknownParameterError UnknownRegionError UnknownServiceError UnknownServiceStyle
        UnknownSignatureVersionError UnknownTokenProviderError UnseekableStreamError
        UnsupportedOutpostResourceError UnsupportedS3AccesspointConfigurationError UnsupportedS3ArnError
        UnsupportedS3ConfigurationError UnsupportedS3ControlArnError UnsupportedS3ControlConfigurationError
        UnsupportedServiceProtocolsError UnsupportedSignatureVersionError UnsupportedTLSVersionWarning ValidationError
        WaiterConfigError WaiterError
    """,
)
"""Every exception of botocore; a test fails when a new release brings one that is not listed."""

ERRORS: Mapping[str, str] = _table(
    # throttling, outages, and what somebody else has in hand at this moment
    storage_unavailable="""
        BandwidthLimitExceeded ConditionalRequestConflict EC2ThrottledException InternalError InternalFailure
        InternalServerError InternalServerErrorException InternalServiceError KMSThrottlingException KmsThrottled
        LimitExceededException OverLimit PriorRequestNotComplete ProvisionedThroughputExceededException
        ReplicatedWriteConflictException RequestLimitExceeded RequestThrottled RequestThrottledException RequestTimeout
        RequestTimeoutException ResourceConflictException ResourceNotReadyException ServiceException
        ServiceUnavailable ServiceUnavailableException SlowDown ThrottledException Throttling ThrottlingException
        TooManyRequestsException TooManyUpdates TransactionConflictException TransactionInProgressException
    """,
    # rights, names and settings that do not fit what is deployed, and calls that were made wrongly
    internal_fault="""
        AccessDenied AccessDeniedException BatchEntryIdsNotDistinct BatchRequestTooLong
        CodeArtifactUserDeletedException CodeArtifactUserFailedException CodeArtifactUserPendingException
        ConditionalCheckFailedException DecryptionFailure DurableExecutionAlreadyStartedException
        EC2AccessDeniedException EC2UnexpectedException EFSIOException EFSMountConnectivityException
        EFSMountFailureException EFSMountTimeoutException ENILimitReachedException ENINotReadyException
        EmptyBatchRequest EncryptionTypeMismatch ExpiredToken ExpiredTokenException HierarchyLevelLimitExceededException
        HierarchyTypeMismatchException IdempotentParameterMismatchException IncompatiblePolicyException
        IncompleteSignature InvalidAccessKeyId InvalidAddress InvalidAllowedPatternException InvalidAttributeName
        InvalidAttributeValue InvalidBatchEntryId InvalidClientTokenId InvalidKeyId InvalidMessageContents
        InvalidObjectState InvalidParameterException InvalidParameterValue InvalidParameterValueException
        InvalidPolicyAttributeException InvalidPolicyTypeException InvalidRequest InvalidRequestContentException
        InvalidRequestException InvalidRuntimeException InvalidSecurity InvalidSecurityGroupIDException
        InvalidSignatureException InvalidSubnetIDException InvalidWriteOffset InvalidZipFileException
        ItemCollectionSizeLimitExceededException KMSAccessDeniedException KMSDisabledException KMSInvalidStateException
        KMSNotFoundException KmsAccessDenied KmsDisabled KmsInvalidKeyUsage KmsInvalidState KmsNotFound
        KmsOptInRequired MissingAuthenticationToken ModeNotSupportedException NoPublishedVersionException NoSuchBucket
        NoSuchKey ObjectNotInActiveTierError ParameterAlreadyExists ParameterLimitExceeded
        ParameterMaxVersionLimitExceeded ParameterNotFound ParameterPatternMismatchException
        PoliciesLimitExceededException PreconditionFailed QueueDoesNotExist ReceiptHandleIsInvalid
        RecursiveInvocationException RequestExpired RequestTimeTooSkewed RequestTooLargeException
        ResourceNotFoundException S3FilesMountConnectivityException S3FilesMountFailureException
        S3FilesMountTimeoutException SerializedRequestEntityTooLargeException ServiceQuotaExceededException
        SignatureDoesNotMatch SnapStartException SnapStartNotReadyException SnapStartRegenerationFailureException
        SnapStartTimeoutException SubnetIPAddressLimitReachedException TooManyEntriesInBatchRequest TooManyParts
        TransactionCanceledException UnrecognizedClientException UnsupportedMediaTypeException UnsupportedOperation
        UnsupportedParameterType ValidationException
    """,
)
"""Every error that a service says it answers our calls with, and what all of them answer; a test compares with their models."""


def code_of(error: ClientError) -> str:
    """The service's own name for the error, as in its documentation: SQS has two spellings of some."""
    code = str(_described(error).get("Code", ""))
    return (
        code.rpartition("#")[2].removeprefix("AWS.SimpleQueueService.").replace("NonExistentQueue", "QueueDoesNotExist")
    )


def meaning_of(error: BotoCoreError | ClientError) -> str:
    """Our code for it; what is on no list is judged by its status."""
    if not isinstance(error, ClientError):
        return MEANINGS.get(type(error).__name__, _OURS)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return ERRORS.get(code_of(error)) or (_PASSING if status >= _THEIR_FAULT or status == _TOO_MANY else _OURS)


def unavailable(error: BotoCoreError | ClientError, *, passing: str = _PASSING) -> UnavailableError:
    """The same fault in our words, with AWS's own for the log; ``passing`` is the code of what may pass."""
    meaning = meaning_of(error)
    return UnavailableError(passing if meaning == _PASSING else meaning, f"AWS: {_said(error)}")


@contextmanager
def translated(*, passing: str = _PASSING, but: Collection[str] = ()) -> Iterator[None]:
    """Let no exception of botocore out, ``but`` the service's errors of these names: they are answers, for the caller to judge."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and code_of(error) in but:
            raise
        raise unavailable(error, passing=passing) from error


def was_retried(error: ClientError) -> bool:
    """Whether this was not the call's first try: the one before may have done the work, and only its answer was lost."""
    return bool(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0))


def _said(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ParamValidationError | ValidationError):
        return type(error).__name__  # its text shows the value that does not fit, which may be a body
    if not isinstance(error, ClientError):
        return f"{type(error).__name__}: {error}"
    return f"{error.operation_name}: {code_of(error)}: {_described(error).get('Message', '')}"


def _described(error: ClientError) -> Mapping[str, Any]:  # botocore's own answer
    described: Mapping[str, Any] = error.response.get("Error", {})
    return described
