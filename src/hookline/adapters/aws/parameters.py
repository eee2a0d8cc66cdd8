"""Reading parameters by their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.errors import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hookline.adapters.aws.clients import Clients

__all__ = ["read_parameters"]

_PER_CALL = 10
"""As many as GetParameters takes."""


def read_parameters(
    clients: Clients, paths: Iterable[str], *, decrypted: bool, passing: str = "storage_unavailable"
) -> dict[str, Mapping[str, Any]]:  # as botocore has them
    """The parameters that are there, by path; ``passing`` is the code of a fault that may pass."""
    found: dict[str, Mapping[str, Any]] = {}
    unique = [*dict.fromkeys(paths)]
    for start in range(0, len(unique), _PER_CALL):
        with translated(passing=passing):
            answer = clients.ssm().get_parameters(Names=unique[start : start + _PER_CALL], WithDecryption=decrypted)
        found |= {one["Name"]: one for one in answer["Parameters"]}
    return found
