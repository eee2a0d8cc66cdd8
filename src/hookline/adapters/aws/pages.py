"""Reads answers of AWS that have several pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hookline.adapters.aws.errors import translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["pages"]


def pages(
    call: Callable[..., Mapping[str, Any]], *, next_page: str = "NextToken", **arguments: object
) -> Iterator[Mapping[str, Any]]:  # botocore's answers
    """The answers of ``call``, page by page; ``next_page`` is the service's name for the token of the next page."""
    after: dict[str, str] = {}
    while True:
        with translated():
            page = call(**arguments, **after)
        yield page
        if not page.get(next_page):
            return
        after = {next_page: page[next_page]}
