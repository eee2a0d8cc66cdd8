"""The whole graph, written out: whatever changes in it is seen in a review, or was not meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hookline import __version__
from hookline.adapters.aws import names
from infra.graph import stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from infra.graph import Registered, Stack

GOLDEN = Path(__file__).parent / "golden.txt"
OWN = names.VERSION_NOTE.format(__version__)
REWRITE = "pytest tests/infra/test_golden.py --rewrite-golden"


def test_the_graph_is_the_one_that_was_agreed_on(pytestconfig: pytest.Config) -> None:
    """A change of the deployment is made twice: in the code, and here, where everyone sees what it does to AWS."""
    found = "".join(f"{line}\n" for line in summary(stack()))
    if pytestconfig.getoption("--rewrite-golden"):
        GOLDEN.write_text(found)

    agreed = GOLDEN.read_text()

    assert found == agreed, f"the graph has changed; when that is meant: {REWRITE}, and read the difference"


def summary(made: Stack) -> Iterator[str]:
    """Every resource with its inputs, one a line, and the outputs, in an order that does not depend on chance."""
    for found in sorted(made.resources, key=lambda one: (one.kind, one.name, one.parent)):
        if found.custom:
            yield f"{found.kind} {found.name}"
            yield from (
                f"  {key}: {shown(value)}".replace(OWN, names.VERSION_NOTE)
                for key, value in sorted(found.inputs.items())
            )
            yield from after(found, made)
            yield ""
    yield "outputs"
    yield from (f"  {key}: {shown(value)}" for key, value in sorted(made.outputs.items()))


def after(found: Registered, made: Stack) -> Iterator[str]:
    """What the resource waits for without using it; what it uses is seen in its inputs."""
    addresses = {one.urn: one.address for one in made.resources if one.custom}
    waits = sorted(addresses[urn] for urn in found.depends_on if urn in addresses.keys() - found.uses)
    if found.kind == "apigateway.Deployment":
        waits = [f"{len(waits)} parts of the API"]
    if waits:
        yield f"  after: {', '.join(waits)}"


def shown(value: object) -> str:
    """The value; a document in a text is opened, a part to a line, so that differences can be read."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        return "text " + "\n    ".join(parts(json.loads(value)))
    return json.dumps(value, sort_keys=True)


def parts(document: object) -> Iterator[str]:
    """A line for each member of an object; a member that is a list has one for each item."""
    if not isinstance(document, dict):
        yield json.dumps(document, sort_keys=True)
        return
    yield "document"
    for key, value in sorted(document.items()):
        for item in value if isinstance(value, list) else [value]:
            yield f"{key}: {json.dumps(item, sort_keys=True)}"
