"""Log lines that strangers cause: some of each flood, and then counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hookline.domain.source import Verified
from unit.embedded.endpoint import Endpoint
from unit.embedded.fakes import Sender, source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from unit.embedded.fakes import MovingLoop

BURST = 100
FLOOD = 160
EVENT = b'{"id": "evt_1"}'

FLOODS: dict[str, tuple[Callable[[], Sender], int, str]] = {
    "an unknown path": (lambda: Sender(EVENT, path="/nowhere"), 404, "unknown_path"),
    "another method": (lambda: Sender(EVENT, method="PUT"), 405, "method_not_allowed"),
    "another media type": (lambda: Sender(EVENT, headers=[(b"content-type", b"a/b")]), 415, "unsupported_media_type"),
    "a coded body": (
        lambda: Sender(EVENT, headers=[(b"content-encoding", b"br")]),
        415,
        "unsupported_content_encoding",
    ),
    "a body that is too large": (lambda: Sender(b" " * 5000), 413, "body_too_large"),
    "a body that never comes whole": (lambda: Sender(b"{", then="gone"), 499, "sender_gone"),
}


class _Signed:
    """A verifier that takes every call as signed."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- the Verifier protocol's shape
        """Take everything."""
        return Verified()


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_that_proves_nothing_gets_some_lines_and_a_count(name: str) -> None:
    """Anyone could fill the disk with a line each, but the operator must see that there is a flood."""
    make, status, outcome = FLOODS[name]
    endpoint = Endpoint(source(max_body=1000, scheme="signed", verifier=_Signed()))

    async def main(loop: MovingLoop) -> None:
        for _ in range(FLOOD):
            await endpoint.call(make())
        await loop.advance(11)

    endpoint.run(main)

    assert {(status, outcome) for status, outcome, _ in endpoint.log.requests} == {(status, outcome)}
    assert BURST <= len(endpoint.log.requests) < BURST + 30
    (line,) = [line for line in endpoint.log.lines if line.text == "requests not logged one by one"]
    assert (line.fields["status"], line.fields["outcome"]) == (status, outcome)
    assert line.fields["count"] == FLOOD - len(endpoint.log.requests)


def test_known_senders_keep_their_lines_during_a_flood() -> None:
    """An operator who misses a payment looks for these lines."""
    endpoint = Endpoint(source(max_body=1000, scheme="signed", verifier=_Signed()))

    async def main(_loop: MovingLoop) -> None:
        for _ in range(FLOOD):
            await endpoint.call(Sender(EVENT, path="/nowhere"))
        for number in range(150):
            await endpoint.call(Sender(json.dumps({"id": f"evt_{number}"}).encode()))
            await endpoint.call(Sender(b"{}"))

    endpoint.run(main)

    outcomes = [outcome for _, outcome, _ in endpoint.log.requests]
    assert outcomes.count("accepted") == 150
    assert outcomes.count("delivery_id_missing") == 150


def test_refusals_of_an_open_source_are_bounded_too() -> None:
    """Anyone can call a source that needs no signature, and could fill the log."""
    endpoint = Endpoint()

    async def main(_loop: MovingLoop) -> None:
        for _ in range(FLOOD):
            await endpoint.call(Sender(b"no JSON"))

    endpoint.run(main)

    assert len(endpoint.log.requests) < BURST + 30


def test_a_stop_reports_what_was_counted() -> None:
    """The last seconds of a flood are of interest as well."""
    endpoint = Endpoint()

    async def main(_loop: MovingLoop) -> None:
        for _ in range(FLOOD):
            await endpoint.call(Sender(EVENT, path="/nowhere"))
        endpoint.app.close()

    endpoint.run(main)

    assert "requests not logged one by one" in endpoint.log.texts("warning")
