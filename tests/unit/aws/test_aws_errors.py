"""Whose fault AWS's errors are."""

from __future__ import annotations

import inspect
from itertools import chain

import botocore.exceptions  # type: ignore[import-untyped] # botocore carries no types
import botocore.session  # type: ignore[import-untyped] # the same
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from hookline.adapters.aws.errors import code_of, meaning_of, translated, unavailable
from hookline.error_codes import CODES
from hookline.errors import Rejected, UnavailableError

OPERATIONS = {
    "dynamodb": ("PutItem", "BatchGetItem", "UpdateItem", "Query", "Scan", "TransactWriteItems"),
    "lambda": ("Invoke",),
    "s3": ("PutObject", "GetObject", "CopyObject", "PutObjectTagging"),
    "secretsmanager": ("GetSecretValue",),
    "sqs": (
        "SendMessage",
        "SendMessageBatch",
        "ReceiveMessage",
        "DeleteMessageBatch",
        "ChangeMessageVisibilityBatch",
        "GetQueueAttributes",
        "PurgeQueue",
        "StartMessageMoveTask",
        "ListMessageMoveTasks",
        "CancelMessageMoveTask",
    ),
    "ssm": ("GetParameters",),
}
"""Every call that hookline makes while it runs."""


def answer(code: str, status: int = 400, message: str = "said so") -> ClientError:
    """A service's error."""
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PutItem")


MAY_PASS = {
    "CapacityNotAvailableError",
    "ChecksumError",
    "ConnectTimeoutError",
    "ConnectionClosedError",
    "ConnectionError",
    "EndpointConnectionError",
    "FlexibleChecksumError",
    "HTTPClientError",
    "IncompleteReadError",
    "MetadataRetrievalError",
    "ProxyConnectionError",
    "ReadTimeoutError",
    "ResponseStreamingError",
    "SSLError",
}
"""The exceptions of the SDK that may not come again with another try."""

NO_CALL_RAISES = {
    "ImminentRemovalWarning",
    "MissingServiceIdError",
    "UndefinedModelAttributeError",
    "UnsupportedTLSVersionWarning",
}
"""Warnings, and the exceptions that the SDK itself catches when it reads a model."""

BUSY = {
    "EC2ThrottledException",
    "InternalServerError",
    "InternalServiceError",
    "KmsThrottled",
    "OverLimit",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ResourceConflictException",
    "ResourceNotReadyException",
    "ServiceException",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
"""The errors that services declare for hookline's calls and that may pass."""


def sdk_exceptions() -> dict[str, type[Exception]]:
    """Every exception of the SDK, by name."""
    everything = vars(botocore.exceptions)
    return {name: it for name, it in everything.items() if inspect.isclass(it) and issubclass(it, Exception)}


def declared_errors() -> dict[str, int]:
    """Every error that a service says it answers our calls with, and its HTTP status: 400 or 500 where the model leaves it out."""
    found = {}
    for service, names in OPERATIONS.items():
        model = botocore.session.Session().get_service_model(service)
        for shape in chain.from_iterable(model.operation_model(name).error_shapes for name in names):
            default = 500 if shape.error_code.startswith("Internal") else 400
            found[shape.error_code] = shape.metadata.get("error", {}).get("httpStatusCode", default)
    return found


def test_no_exception_of_the_sdk_comes_through() -> None:
    """The translation must catch every exception of a new release."""
    caught = BotoCoreError, ClientError

    assert {name for name, it in sdk_exceptions().items() if not issubclass(it, caught)} == NO_CALL_RAISES


def test_every_exception_of_the_sdk_has_a_meaning() -> None:
    """A new release with a new fault of the network needs a decision here; any other fault is hookline's."""
    made = {name: it.__new__(it) for name, it in sdk_exceptions().items() if issubclass(it, BotoCoreError)}

    assert {name for name, error in made.items() if meaning_of(error) == "storage_unavailable"} == MAY_PASS


def test_every_error_that_a_service_declares_for_our_calls_has_a_meaning() -> None:
    """The service's model lists each error that it may answer: each one either needs an operator or passes on its own."""
    errors = {code: answer(code, status) for code, status in declared_errors().items()}

    assert len(errors) > 80
    assert {code for code, error in errors.items() if meaning_of(error) == "storage_unavailable"} == BUSY


def test_meanings_are_codes_that_a_sender_is_answered_503_with() -> None:
    """Whatever is wrong at AWS, the sender did nothing wrong, and sends again."""
    meanings = {unavailable(answer(code, status)).code for code, status in declared_errors().items()}

    assert meanings == {"storage_unavailable", "internal_fault"}
    assert {CODES[meaning].status for meaning in meanings} == {503}


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (answer("ProvisionedThroughputExceededException"), "storage_unavailable"),
        (answer("ThrottlingException"), "storage_unavailable"),
        (answer("InternalServerError", 500), "storage_unavailable"),
        (answer("SlowDown", 503), "storage_unavailable"),
        (answer("AccessDeniedException"), "internal_fault"),
        (answer("ExpiredTokenException"), "internal_fault"),
        (answer("ValidationException"), "internal_fault"),
        (answer("ResourceNotFoundException"), "internal_fault"),
        (answer("SomethingNew", 500), "storage_unavailable"),
        (answer("SomethingNew", 429), "storage_unavailable"),
        (answer("SomethingNew", 400), "internal_fault"),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="https://x"), "storage_unavailable"),
        (botocore.exceptions.NoCredentialsError(), "internal_fault"),
        (botocore.exceptions.ParamValidationError(report="x"), "internal_fault"),
    ],
)
def test_a_fault_that_may_pass_is_distinguished_from_a_fault_of_ours(error: Exception, meaning: str) -> None:
    """The alarm for an outage at AWS and the one for a missing right call different people."""
    found = meaning_of(error)

    assert found == meaning


def test_an_error_that_nobody_has_heard_of_is_ours() -> None:
    """It is reported and looked at. It is never taken for success or for the sender's fault."""

    class NewError(botocore.exceptions.BotoCoreError):  # type: ignore[misc] # botocore carries no types
        fmt = "new"

    found = meaning_of(NewError())

    assert found == "internal_fault"


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
        ("QueueDoesNotExist", "QueueDoesNotExist"),
        ("AWS.SimpleQueueService.BatchRequestTooLong", "BatchRequestTooLong"),
        ("com.amazonaws.dynamodb.v20120810#ThrottlingException", "ThrottlingException"),
    ],
)
def test_a_service_with_two_spellings_has_one_name(spelled: str, name: str) -> None:
    """SQS answers in the words of its old protocol, some services with a namespace before the name."""
    found = code_of(answer(spelled))

    assert found == name


def test_the_log_has_the_services_own_words() -> None:
    """A search for the operation or the error finds it."""
    fault = unavailable(answer("ThrottlingException", message="Rate exceeded"))

    assert fault.detail == "AWS: PutItem: ThrottlingException: Rate exceeded"


def test_a_value_that_does_not_fit_is_not_shown() -> None:
    """The SDK's own sentence holds what was to be sent: a body must not reach the log by way of an error."""
    fault = unavailable(botocore.exceptions.ParamValidationError(report="value: card 4242"))

    assert fault.detail == "AWS: ParamValidationError"


def test_what_may_pass_may_have_another_code() -> None:
    """A secret that cannot be read is reported as that; a fault of ours stays a fault of ours."""
    with pytest.raises(UnavailableError) as passing, translated(passing="secrets_unavailable"):
        raise answer("ThrottlingException")
    with pytest.raises(UnavailableError) as ours, translated(passing="secrets_unavailable"):
        raise answer("AccessDeniedException")

    assert (passing.value.code, ours.value.code) == ("secrets_unavailable", "internal_fault")


def test_an_answer_that_the_caller_waits_for_comes_through() -> None:
    """A failed condition is an answer that the store needs, and no fault."""
    with pytest.raises(ClientError), translated(but=("ConditionalCheckFailedException",)):
        raise answer("ConditionalCheckFailedException")


def test_faults_of_our_own_come_through_untouched() -> None:
    """Only the SDK's exceptions are translated."""
    with pytest.raises(Rejected), translated():
        raise Rejected("body_not_json", "no")
