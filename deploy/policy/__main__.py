"""The policy pack: `pulumi up --policy-pack policy`. Creating the pack starts a server that runs until Pulumi ends it."""

from __future__ import annotations

from pulumi_policy import EnforcementLevel, PolicyPack

from hookline.infra.policy.pack import PACK, policies

PolicyPack(name=PACK, policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)
