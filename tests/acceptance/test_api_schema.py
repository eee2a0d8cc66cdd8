"""The API against its own OpenAPI document: a program asks everything that the document allows, and much that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from acceptance.sender import sign, transaction
from acceptance.server import Server
from hookline.dashboard.api.table import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.dashboard.api.operation import Operation

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
    """Clients are made from the document: an answer that is not in it breaks them, and a 5xx is a fault of hookline."""
    from acceptance.api_cases import expect_allowed_answers  # noqa: PLC0415 -- only by the process that runs this test

    expect_allowed_answers(server.admin, asked)
