"""Reads the attributes that a producer sets on its messages, by the rules of SQS.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from hookline.domain.message import TypedValue
from hookline.sqs_api.wire_errors import INVALID_PARAMETER_VALUE, NOT_JSON, UNSUPPORTED_OPERATION, SqsError

if TYPE_CHECKING:
    from hookline.domain.message import AttributeValue
    from hookline.sqs_api.parameters import Parameters
    from hookline.sqs_api.wire_errors import ErrorKind

__all__ = ["check_text", "message_attributes"]

_MOST_ATTRIBUTES = 10
_LONGEST_ECHO = 100  # characters of the client's value that an error repeats

_NAME = re.compile(r"(?!aws\.|amazon\.)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.IGNORECASE)
_TYPE = re.compile(r"(String|Number|Binary)(?:\.[\x20-\x7e]+)?")
_LONGEST_NAME = 256
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_MOST_DIGITS = 38
_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_text(text: str, kind: ErrorKind) -> None:
    """Raise SqsError for characters that SQS does not accept."""
    if _REFUSED.search(text):
        raise SqsError(
            kind,
            "Invalid characters found. Valid unicode characters are "
            "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        )


def message_attributes(parameters: Parameters, member: str, *, only: str | None = None) -> dict[str, AttributeValue]:
    """The attributes in ``member``; ``only`` limits the allowed names. Raises SqsError."""
    given = parameters.object(member)
    names = given.names()
    if len(names) > _MOST_ATTRIBUTES:
        raise _invalid(f"Number of message attributes [{len(names)}] exceeds the allowed maximum [{_MOST_ATTRIBUTES}].")
    for name in names:
        _check_name(name, only)
    return {name: _value(name, given.object(name)) for name in names}


def _check_name(name: str, only: str | None) -> None:
    if only is not None and name != only:
        raise _invalid(f"Message system attribute name '{name[:_LONGEST_ECHO]}' is invalid.")
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise _invalid(
            f"The message attribute name '{name[:_LONGEST_ECHO]}' is invalid. Attribute name can contain A-Z, a-z, 0-9, "
            f"underscore (_), hyphen (-), and period (.) characters, up to {_LONGEST_NAME}; it neither begins nor ends "
            "with a period, has no two in a row, and does not begin with AWS. or Amazon."
        )


def _value(name: str, given: Parameters) -> AttributeValue:
    data_type = given.optional_text("DataType")
    if not data_type:
        raise _invalid(f"The message attribute '{name}' must contain non-empty message attribute type.")
    known = _TYPE.fullmatch(data_type)
    if known is None or len(data_type) > _LONGEST_NAME:
        raise _invalid(
            f"The type of message (user) attribute '{name}' is invalid. "
            "You must use only the following supported type prefixes: Binary, Number, String."
        )
    if {"StringListValues", "BinaryListValues"} & set(given.names()):
        raise SqsError(
            UNSUPPORTED_OPERATION, "Message attribute list values in SendMessage operation are not supported."
        )
    if known[1] == "Binary":
        return TypedValue(data_type=data_type, value=_bytes(name, data_type, given))
    text = _text(name, data_type, given)
    if known[1] == "Number":
        _check_number(name, text)
    return text if data_type == "String" else TypedValue(data_type=data_type, value=text)


def _text(name: str, data_type: str, given: Parameters) -> str:
    text = given.optional_text("StringValue")
    if not text:
        raise _empty(name, data_type)
    check_text(text, INVALID_PARAMETER_VALUE)
    return text


def _bytes(name: str, data_type: str, given: Parameters) -> bytes:
    try:
        found = base64.b64decode(given.optional_text("BinaryValue") or "", validate=True)
    except (ValueError, binascii.Error):
        raise SqsError(NOT_JSON, f"The BinaryValue of the message attribute '{name}' is not base64.") from None
    if not found:
        raise _empty(name, data_type)
    return found


def _check_number(name: str, text: str) -> None:
    """Check a number: SQS accepts up to 38 digits."""
    if not _NUMBER.fullmatch(text) or sum(map(str.isdigit, text)) > _MOST_DIGITS:
        raise _invalid(f"Can't cast the value of message (user) attribute '{name}' to a number.")


def _empty(name: str, data_type: str) -> SqsError:
    return _invalid(f"Message (user) attribute '{name}' must contain a non-empty value of type '{data_type}'.")


def _invalid(detail: str) -> SqsError:
    return SqsError(INVALID_PARAMETER_VALUE, detail)
