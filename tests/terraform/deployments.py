"""A project that Terraform deploys to an emulator, changes and removes, with its real archives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from acceptance.sender import SECRET
from e2e.deployed import ENVIRONMENT, Deployed
from e2e.engine import on_the_emulator
from infra.graph import REGION, declared
from terraform.stacks import on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from e2e.deployed import Project
    from emulator.server import Emulator
    from hookline.infra.policy.graph import Resource
    from terraform.binary import Diagnostic, Plan, Workspace

__all__ = ["Deployment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Terraform's folder and the emulator that it deploys to."""

    place: Workspace
    emulator: Emulator
    settings: Mapping[str, str]

    def shown(self, project: Project) -> tuple[Resource, ...]:
        """Put what the program declares for ``project`` before Terraform, and return what Terraform will create."""
        config = {key: text for key, text in project.config.items() if key != "project"}
        here = {key: text.replace(REGION, self.emulator.region) for key, text in self.settings.items()}
        made = declared(config | {"region": self.emulator.region} | here, project=project.toml, name=ENVIRONMENT)
        archives = {path.name: path for path in (Path(config["layerArchive"]), Path(config["functionArchive"]))}
        said = on(self.emulator, made.graph, archives=archives, outputs=made.outputs)
        # The emulator's queues are at its own address, which the program takes apart for the router.
        text = json.dumps(said).replace(f"https://sqs.{self.emulator.region}.amazonaws.com", self.emulator.endpoint)
        self.place.write(json.loads(text))
        return tuple(one for one in made.resources if one.type.startswith("aws:"))

    def carry_out(self) -> tuple[Plan, tuple[Diagnostic, ...]]:
        """Plan, and apply the plan; all complaints of both."""
        plan = self.place.planned()
        return plan, (*plan.said, *self.place.applied())

    def reached(self) -> Deployed:
        """The system as senders and consumers reach it."""
        outputs = self.place.outputs()
        outputs["api_endpoint"] = on_the_emulator(outputs["api_endpoint"], self.emulator)
        stack = Deployed(self.emulator, outputs, None)
        stack.set_secret("TRANSACTIONS_SECRET", SECRET)
        return stack
