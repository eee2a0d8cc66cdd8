"""Chooses the permissions with which API Gateway calls the validator: one for each method, or for many one for all below a path."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.infra import permissions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hookline.domain.source import Source
    from hookline.infra.settings import Settings

__all__ = ["FUNCTION_POLICY", "Permitted", "permitted", "policy_size"]

FUNCTION_POLICY = 20_480
"""Characters of a function's policy (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""

_ACCOUNT = "123456789012"
_LONGEST_REGION = "ap-southeast-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """A method of one path; with ``*`` as the last part of ``path``, of every path below."""

    verb: str
    path: str

    @property
    def statement(self) -> str:
        """The id of its statement in the function's policy."""
        return permissions.gateway_statement(self.path, self.verb)

    @property
    def key(self) -> str:
        """The unique part of its resource's name: the path, and the method unless it is POST."""
        return self.path if self.verb == "POST" else f"{self.path} {self.verb}"


def permitted(sources: Sequence[Source], settings: Settings) -> Sequence[Permitted]:
    """The permissions of the gateway: one for each method, if the function's policy has enough space.

    Space is reserved for the other form too: when it becomes necessary, its statements are added before the others are removed.
    """
    exact = [Permitted(verb=verb, path=source.path) for source in sources for verb in source.methods]
    below = _below(exact)
    fits = policy_size(exact, settings) + policy_size(below, settings) <= FUNCTION_POLICY
    return exact if fits or len(below) == len(exact) else below


def policy_size(found: Iterable[Permitted], settings: Settings) -> int:
    """Characters of the policy that permits all of ``found``, as Lambda writes it."""
    return sum(_size(one, settings) for one in found)


def _below(exact: Sequence[Permitted]) -> list[Permitted]:
    """One permission for all methods of one verb whose paths differ only in their last part."""
    together: dict[tuple[str, str], list[Permitted]] = {}
    for one in exact:
        together.setdefault((one.verb, one.path.rpartition("/")[0]), []).append(one)
    return [
        # Directly below the stage "*" would match every path.
        found[0] if len(found) == 1 or not parent else Permitted(verb=verb, path=f"{parent}/*")
        for (verb, parent), found in together.items()
        for found in ([found] if parent else [[one] for one in found])
    ]


def _size(one: Permitted, settings: Settings) -> int:
    alias = f":{names.LIVE}" if settings.snap_start else ""
    region = settings.region or _LONGEST_REGION
    where, arn = f"{region}:{_ACCOUNT}", f"arn:{permissions.partition_of(region)}"
    statement = {
        "Sid": one.statement,
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{arn}:lambda:{where}:function:{names.validator(settings.environment)}{alias}",
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": _ACCOUNT},
            "ArnLike": {"AWS:SourceArn": f"{arn}:execute-api:{where}:{'a' * 10}/{names.STAGE}/{one.verb}{one.path}"},
        },
    }
    return len(json.dumps(statement, separators=(",", ":")))
