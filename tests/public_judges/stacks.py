"""The findings of the public judges about hookline's stacks, without those that a suppression covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.infra.policy.graph import Resource
from hookline.infra.policy.rule import Option
from hookline.infra.policy.suppressions import SUPPRESSIONS
from infra.changing import EVERY_OPTION
from infra.graph import graph
from public_judges.cfn_lint import linted
from public_judges.checkov import verdicts
from public_judges.plan import plan
from public_judges.template import template
from terraform.translate import address

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hookline.infra.policy.graph import Graph
    from hookline.infra.policy.suppressions import Suppression
    from public_judges.cfn_lint import Lint
    from public_judges.checkov import Verdict
    from public_judges.plan import Json

__all__ = ["STACKS", "Judged", "judged", "report"]

_SECRET = Resource(type="aws:secretsmanager/secret:Secret", name="signing", inputs={})
_IN_ADDITION: Json = {
    "aws_secretsmanager_secret.signing": {"name": "signing", "kms_key_id": "arn:aws:kms:eu-west-1:123456789012:key/k"}
}
"""A resource that the program does not declare, and a source may use: a secret that Secrets Manager keeps."""

STACKS: Mapping[str, tuple[Mapping[str, str], Collection[Option]]] = {
    "default": ({}, ()),
    "every-option": (EVERY_OPTION | {"canary": "true"}, tuple(Option)),
}
"""The settings of the stacks that are judged, and the options that these turn on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the judges say of all stacks. ``open`` are checkov's refusals that no suppression is about; ``idle`` suppress nothing."""

    verdicts: tuple[Verdict, ...]
    lints: tuple[Lint, ...]
    open: tuple[Verdict, ...]
    idle: tuple[tuple[str, Suppression], ...]


def judged() -> Judged:
    """The stacks of hookline, as the judges and the suppressions judge them."""
    graphs = {name: graph(settings) for name, (settings, _) in STACKS.items()}
    found = verdicts({name: plan(made, more=_IN_ADDITION) for name, made in graphs.items()})
    resources = {(name, at): one for name, made in graphs.items() for at, one in _addressed(made).items()}
    lifted: set[tuple[str, Suppression]] = set()
    left = []
    for one in found:
        if not one.passed:
            resource, options = resources[one.plan, one.address], STACKS[one.plan][1]
            by = {(one.check, each) for each in SUPPRESSIONS if each.lifts_check(one.check, resource, options)}
            lifted |= by
            left += [] if by else [one]
    written = {(check, each) for each in SUPPRESSIONS for check in each.checks}
    idle = sorted(written - lifted, key=lambda pair: pair[0])
    lints = linted({name: template(made) for name, made in graphs.items()})
    return Judged(verdicts=found, lints=lints, open=tuple(left), idle=tuple(idle))


def report(found: Judged) -> list[str]:
    """What has to be done: about each refusal without a reason, each fault, and each reason that no resource needs."""
    idle = [f"no resource needs the suppression of {check}: {suppression.reason}" for check, suppression in found.idle]
    return [*map(str, found.open), *map(str, found.lints), *idle]


def _addressed(made: Graph) -> dict[str, Resource]:
    resources = [resource for resource in made.resources if resource.type.startswith("aws:")]
    return {address(resource): resource for resource in resources} | dict.fromkeys(_IN_ADDITION, _SECRET)
