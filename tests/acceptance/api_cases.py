"""Calls that an OpenAPI document allows, and the judgement of their answers.

A module of its own, because nothing else that the tests import takes as long as schemathesis.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any  # Any: schemathesis carries its own types for cases

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

from effort import PROFILE

if TYPE_CHECKING:
    from hookline.dashboard.api.operation import Operation

__all__ = ["expect_allowed_answers"]

EXAMPLES = 10 if PROFILE == "thorough" else 4
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


def expect_allowed_answers(url: str, asked: Operation) -> None:
    """Call the operation at ``url`` in many ways, right and wrong, and fail at an answer that the document there does not allow."""
    operation: Any = next(
        iter(_schema(url).include(operation_id=asked.name).get_all_operations())
    ).ok()  # an Err raises here, and fails the test
    can_be_wrong = bool(asked.parameters or asked.body)
    for mode in GenerationMode if can_be_wrong else (GenerationMode.POSITIVE,):

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.call_and_validate(checks=CHECKS, timeout=60)

        ask()


@cache
def _schema(url: str) -> Any:
    """The document of the server at ``url``, read once."""
    return schemathesis.openapi.from_url(f"{url}/api/openapi.json")
