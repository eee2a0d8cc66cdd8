"""The API against its own OpenAPI document: a program asks everything that the document allows, and much that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: schemathesis carries its own types for cases

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from acceptance.sender import sign, transaction
from acceptance.server import Server
from hookline.dashboard.api.table import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.dashboard.api.operation import Operation

EXAMPLES = 10
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
STREAMS = {"tail"}
"""It ends when its client does: a test of its own reads it."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with events, a dead letter's queue and rejected requests."""
    with Server(tmp_path_factory.mktemp("schema")) as running:
        with running.sender() as sender:
            for number in range(3):
                body = transaction(f"evt_{number}")
                assert sender.post(body, headers=sign(body, delivery=f"msg_{number}")).status == 202
            assert sender.post(b"{}", headers=sign(b"{}", key=b"wrong")).status == 401
        yield running


@pytest.mark.parametrize("asked", [one for one in OPERATIONS if one.name not in STREAMS], ids=lambda one: one.name)
def test_every_answer_is_one_that_the_document_allows(server: Server, asked: Operation) -> None:
    """Clients are made from the document: an answer that is not in it breaks them, and a 5xx is a fault of ours."""
    schema = schemathesis.openapi.from_url(f"{server.admin}/api/openapi.json")
    operation: Any = next(iter(schema.include(operation_id=asked.name).get_all_operations())).ok()  # type: ignore[union-attr]  # an Err raises here, and fails the test
    can_be_wrong = bool(asked.parameters or asked.body)
    for mode in GenerationMode if can_be_wrong else (GenerationMode.POSITIVE,):

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.call_and_validate(checks=CHECKS, timeout=60)

        ask()
