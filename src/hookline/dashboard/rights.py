"""Checks the caller of a page or an operation of the API and its rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.access import PRINCIPAL, Principal
from hookline.errors import Rejected

if TYPE_CHECKING:
    from starlette.requests import Request

    from hookline.domain.access import Right

__all__ = ["demand", "may", "principal_of"]


def principal_of(request: Request) -> Principal:
    """The caller. Raises Rejected ``credentials_missing`` where it is not authenticated, for example before the login."""
    principal = request.scope.get(PRINCIPAL)
    if not isinstance(principal, Principal):
        raise Rejected("credentials_missing", "log in first")
    return principal


def may(request: Request, right: Right, *, queue: str | None = None) -> bool:
    """Whether the caller has this right, and has it for ``queue``."""
    principal = principal_of(request)
    return principal.may(right) and (queue is None or principal.reaches(queue))


def demand(request: Request, right: Right, *, queue: str | None = None) -> Principal:
    """The caller, if it has this right for ``queue``. Raises Rejected ``access_denied``."""
    principal = principal_of(request)
    if not principal.may(right):
        raise Rejected("access_denied", f"{principal} needs the right {right.value} for this")
    if queue is not None and not principal.reaches(queue):
        raise Rejected("access_denied", f"{principal} does not reach the queue {queue}")
    return principal
