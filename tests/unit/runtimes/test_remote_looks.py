"""Commands with ``--url`` show what a control room knows, and say what it may not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast  # Any: JSON documents

import pytest

from hookline.errors import OperatorError
from hookline.runtimes.remote.looks import list_queues

if TYPE_CHECKING:
    from hookline.runtimes.control_room_api import Api


class FixedApi:
    """An API whose every answer is the same document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def get(self, *_path: str, **_query: object) -> dict[str, Any]:
        """The document."""
        return self._document


def test_queues_that_the_control_room_may_not_list_are_an_error_with_the_missing_right() -> None:
    """The credentials of a control room on AWS can lack a right; an empty list would hide it."""
    api = cast("Api", FixedApi({"queues": None, "missing_rights": ["sqs:ListQueues"]}))

    with pytest.raises(OperatorError, match="may not call sqs:ListQueues") as raised:
        list_queues(api, names=())

    assert raised.value.code == "aws_access_denied"
