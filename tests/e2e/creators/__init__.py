"""How each type of resource is created with boto3: one module per group of services, one function per type.

A creator takes the inputs it knows and returns the id and the outputs that it has seen. An input that it leaves, a type that is not
here and an output that is not returned are errors where the program needs them: nothing is skipped in silence.
"""

from __future__ import annotations

from e2e.creators import compute, edge, gateway, identity, messaging, storage, watching

__all__ = ["CREATORS"]

CREATORS = {
    **compute.CREATORS,
    **edge.CREATORS,
    **gateway.CREATORS,
    **identity.CREATORS,
    **messaging.CREATORS,
    **storage.CREATORS,
    **watching.CREATORS,
}
"""Creators by type token."""
