"""docs/reference/api.md lists every operation of the API, as the code has it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any  # Any: a JSON document

import jsonschema_rs

from hookline.dashboard.api.examples import read_examples
from hookline.dashboard.api.openapi import openapi_document
from hookline.dashboard.api.table import OPERATIONS
from hookline.error_codes import CODES

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "api.md").read_text()


def test_the_page_lists_every_operation_as_the_code_has_it() -> None:
    """An author of a client reads this page, and does not find an operation that is missing on it."""
    rows = re.findall(r"^\| `(\w+)` \| `(\w+) (/api/[^`]*)` \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE)

    assert rows == [(one.name, one.method, one.path, one.right.value, one.summary) for one in OPERATIONS]


def _operations() -> list[dict[str, Any]]:
    document: Any = openapi_document(OPERATIONS)
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_the_document_describes_every_operation_and_parameter() -> None:
    """A client generator makes comments of it, and a person reads it in place of the code."""
    described = [one for operation in _operations() for one in (operation, *operation["parameters"])]

    assert [one for one in described if not one.get("description")] == []


def test_every_refusal_has_an_example_with_a_code_that_there_is() -> None:
    """An author of a client sees which code to check for, and what hookline advises then."""
    for operation in _operations():
        for status, answer in operation["responses"].items():
            if status != "200":
                example = answer["content"]["application/problem+json"]["example"]
                assert example["status"] == int(status)
                assert CODES[example["code"]].status in (int(status), None)
                assert CODES[example["code"]].remedy == example["remedy"]


def test_every_answer_and_every_body_has_an_example_that_fits_its_schema() -> None:
    """An author of a client tries the example first, and mock servers answer with it."""
    document: Any = openapi_document(OPERATIONS)
    for operation in _operations():
        contents = [operation["responses"]["200"]["content"]]
        contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
        for (content,) in (one.values() for one in contents):
            schema = {**content["schema"], "components": document["components"]}
            found = jsonschema_rs.validator_for(schema, validate_formats=True).iter_errors(content["example"])
            assert [(operation["operationId"], str(error)) for error in found] == []


def test_examples_are_of_operations_that_there_are() -> None:
    """An operation that was renamed leaves no example behind."""
    assert set(read_examples()) == {one.name for one in OPERATIONS}


def test_an_example_hides_no_mistake() -> None:
    """The comparison above can fail: an example with a member that its schema does not know is refused."""
    document: Any = openapi_document(OPERATIONS)
    content = document["paths"]["/api/queues"]["get"]["responses"]["200"]["content"]["application/json"]
    schema = {**content["schema"], "components": document["components"]}

    wrong = {**content["example"], "colour": "red"}

    assert [*jsonschema_rs.validator_for(schema).iter_errors(wrong)] != []
