"""The older query protocol: parameters in a form, answers in XML (API version 2012-11-05).

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests.html
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from hookline.sqs_api.actions import ACTIONS
from hookline.sqs_api.parameters import Parameters
from hookline.sqs_api.wire_errors import MISSING_ACTION, NOT_A_FORM, UNKNOWN_OPERATION, SqsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.sqs_api.calls import Answer

__all__ = ["QueryProtocol"]

_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
_MOST_FIELDS = 2000
_DEEPEST = 8

_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "AttributeName": "AttributeNames",
        "ChangeMessageVisibilityBatchRequestEntry": "Entries",
        "DeleteMessageBatchRequestEntry": "Entries",
        "MessageAttributeName": "MessageAttributeNames",
        "MessageSystemAttributeName": "MessageSystemAttributeNames",
        "SendMessageBatchRequestEntry": "Entries",
        "TagKey": "TagKeys",
    }
)
"""The names of lists in a form, whose items are numbered from 1: ``AttributeName.1``."""

_MAPS: Mapping[str, str] = MappingProxyType(
    {
        "Attribute": "Attributes",
        "MessageAttribute": "MessageAttributes",
        "MessageSystemAttribute": "MessageSystemAttributes",
        "Tag": "Tags",
    }
)
"""The names of objects in a form: ``Attribute.1.Name`` and ``Attribute.1.Value``."""

_NUMBERS = frozenset(
    {
        "DelaySeconds",
        "MaxNumberOfMessages",
        "MaxNumberOfMessagesPerSecond",
        "MaxResults",
        "VisibilityTimeout",
        "WaitTimeSeconds",
    }
)
_WHOLE = re.compile(r"-?[0-9]{1,18}")

_ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "Attributes": "Attribute",
        "Failed": "BatchResultErrorEntry",
        "MessageAttributes": "MessageAttribute",
        "Messages": "Message",
        "QueueUrls": "QueueUrl",
        "Results": "ListMessageMoveTasksResultEntry",
        "Successful": "{action}ResultEntry",
        "Tags": "Tag",
        "queueUrls": "QueueUrl",
    }
)
"""The name of an element that is one item of a list, or one pair of an object."""

_WITHOUT_RESULT = frozenset({"ChangeMessageVisibility", "DeleteMessage", "PurgeQueue"})

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot contain: messages never have them, but a client's value that an error repeats may."""

_CARRIAGE_RETURN = {"\r": "&#13;"}
"""A carriage return, which a parser would read as a line feed."""

_Form = dict[str, "str | _Form"]


class QueryProtocol:
    """The query protocol: parameters are a form, the answer is XML."""

    form = "application/x-www-form-urlencoded"
    """The media type of a request."""
    media_type = "text/xml"
    """The media type of an answer."""

    def read(self, headers: Mapping[str, str], path: str, body: bytes) -> tuple[str, Parameters]:
        """The name of an existing action, and its parameters as in the newer protocol; raises SqsError.

        A form that is posted to a queue's URL need not name the queue.
        """
        del headers
        fields = _fields(body)
        action = _named(fields)
        tree: _Form = {}
        for name, value in fields.items():
            _place(tree, name, value)
        if path.strip("/"):
            tree.setdefault("QueueUrl", path)
        return action, Parameters(_as_object(tree))

    def success(self, action: str, answer: Answer, request_id: str) -> bytes:
        """The body of an answer."""
        inner = "".join(_elements(answer, action))
        result = "" if action in _WITHOUT_RESULT else f"<{action}Result>{inner}</{action}Result>"
        metadata = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        return _document(f"{action}Response", result + metadata)

    def failure(self, error: SqsError, request_id: str) -> bytes:
        """The body of an error."""
        parts = (("Type", error.kind.blame), ("Code", error.kind.code), ("Message", error.detail))
        inner = "".join(_element(name, text) for name, text in parts)
        return _document("ErrorResponse", f"<Error>{inner}<Detail/></Error><RequestId>{request_id}</RequestId>")

    def failure_headers(self, error: SqsError) -> dict[str, str]:
        """No headers: the body has all information."""
        del error
        return {}


def _fields(body: bytes) -> dict[str, str]:
    try:
        fields = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise SqsError(NOT_A_FORM, f"The body is not a form of at most {_MOST_FIELDS} fields.") from None
    return dict(fields)


def _named(fields: Mapping[str, str]) -> str:
    name = fields.get("Action")
    if not name:
        raise SqsError(MISSING_ACTION, "The form must contain the field Action.")
    if name not in ACTIONS:
        raise SqsError(UNKNOWN_OPERATION, f"There is no such action; there are {', '.join(ACTIONS)}.")
    return name


def _place(tree: _Form, name: str, value: str) -> None:
    """Put a field at its place: ``A.1.B`` is the member B of the first item of A."""
    *steps, last = name.split(".", _DEEPEST)
    for step in steps:
        inner = tree.setdefault(step, {})
        if not isinstance(inner, dict):
            raise SqsError(NOT_A_FORM, f"The field {step} is both a value and a list.")
        tree = inner
    if isinstance(tree.get(last), dict):
        raise SqsError(NOT_A_FORM, f"The field {last} is both a value and a list.")
    tree[last] = value


def _as_object(tree: _Form) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in tree.items():
        if name in _LISTS:
            found[_LISTS[name]] = [_as_item(item) for item in _numbered(value)]
        elif name in _MAPS:
            found[_MAPS[name]] = dict(_as_pair(item) for item in _numbered(value))
        else:
            found[name] = _as_value(name, value)
    return found


def _as_item(item: str | _Form) -> object:
    return _as_object(item) if isinstance(item, dict) else item


def _as_pair(item: str | _Form) -> tuple[str, object]:
    fields = item if isinstance(item, dict) else {}
    name, value = fields.get("Name", fields.get("Key", "")), fields.get("Value")
    if not isinstance(name, str):
        raise SqsError(NOT_A_FORM, "A name is not a list.")
    return name, _as_item(value) if value is not None else None


def _as_value(name: str, value: str | _Form) -> object:
    if isinstance(value, dict):
        return _as_object(value)
    return int(value) if name in _NUMBERS and _WHOLE.fullmatch(value) else value


def _numbered(value: str | _Form) -> list[str | _Form]:
    """The items of a list in the order of their numbers."""
    if not isinstance(value, dict):
        raise SqsError(NOT_A_FORM, "The items of a list have numbers, such as AttributeName.1.")
    try:
        return [item for _, item in sorted(value.items(), key=lambda one: int(one[0]))]
    except ValueError:
        raise SqsError(NOT_A_FORM, "The items of a list have numbers, such as AttributeName.1.") from None


def _elements(answer: Mapping[str, object], action: str) -> Iterator[str]:
    for name, value in answer.items():
        item = _ITEMS.get(name, name).format(action=action)
        if isinstance(value, list):
            yield from (_item(item, one, action) for one in value)
        elif isinstance(value, dict):
            yield from (_pair(item, key, one, action) for key, one in value.items())
        else:
            yield _element(name, _text(value))


def _item(name: str, value: object, action: str) -> str:
    return (
        f"<{name}>{''.join(_elements(value, action))}</{name}>"
        if isinstance(value, dict)
        else _element(name, _text(value))
    )


def _pair(name: str, key: str, value: object, action: str) -> str:
    return f"<{name}>{_element('Name', key)}{_item('Value', value, action)}</{name}>"


def _element(name: str, text: str) -> str:
    written = escape(_NOT_IN_XML.sub("\ufffd", text), _CARRIAGE_RETURN)
    return f"<{name}>{written}</{name}>"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _document(root: str, inner: str) -> bytes:
    return f'<?xml version="1.0"?><{root} xmlns="{_NAMESPACE}">{inner}</{root}>'.encode()
