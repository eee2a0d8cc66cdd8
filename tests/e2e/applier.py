"""Applies a Pulumi program to the emulator without Pulumi's engine, which cannot run where there is no plugin of AWS.

The SDK runs the unchanged program and registers each resource with the monitor here, which creates it with boto3 and returns its
real attributes. What the engine does beyond that does not happen: diffs, replacement, destruction, provider-side checks and
default tags. docs/how-to/what-the-emulator-cannot-show.md says so too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import runpy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import mocks, settings, stack

from e2e.creators.creator import Aws
from e2e.monitor import AppliedError, Monitor
from event_loops import end_loop
from hookline.infra.policy.graph import Graph
from source_positions import leave_out_source_positions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from e2e.monitor import Registered
    from emulator.server import Emulator
    from hookline.infra.policy.graph import Resource

__all__ = ["Applied", "AppliedError", "apply"]

_SECONDS = 250  # for a machine that does much else
_PROJECT = "hookline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The result of a program: every resource with its parent, and the stack's outputs."""

    registered: tuple[Registered, ...]
    outputs: Mapping[str, Any]  # outputs are of any shape

    @property
    def graph(self) -> Graph:
        """The resources that exist at AWS, as the rules of ``hookline.infra.policy`` see them."""
        return Graph(resources=tuple(each.resource for each in self.registered if each.custom))


def apply(
    program: Path,
    emulator: Emulator,
    *,
    config: Mapping[str, str],
    stack_name: str,
    change: Callable[[Resource], Resource | None] | None = None,
    left_out: Collection[str] = (),
) -> Applied:
    """Run ``program`` in its own folder with ``config`` (keys without the project), and create what it registers.

    ``change`` makes it another program: it sees each resource before it is created. ``left_out`` are kinds of resources that are
    created when all others are there. Raises AppliedError with the first thing that went wrong.
    """
    leave_out_source_positions()
    monitor = Monitor(Aws(emulator), change or (lambda resource: resource), left_out)
    pulumi.runtime.set_all_config({f"{_PROJECT}:{key}": value for key, value in config.items()})
    settings.configure(_settings(monitor, stack_name))
    settings.set_root_resource(None)  # type: ignore[arg-type] # the stack that is run makes its own
    settings.SETTINGS.rpc_manager.clear()
    settings.SETTINGS.outputs.clear()
    try:
        _run(program)
    except Exception as error:
        raise (monitor.fault or AppliedError(str(error))) from error
    monitor.catch_up()
    if monitor.fault:
        raise monitor.fault
    return Applied(registered=tuple(monitor.registered), outputs=monitor.outputs)


def _settings(monitor: Monitor, stack_name: str) -> settings.Settings:
    """As ``pulumi.runtime.set_mocks`` makes them, which would in addition register a stack of its own."""
    return mocks.MockSettings(  # type: ignore[no-untyped-call] # the SDK's own
        monitor=monitor,
        monitor_features=set(monitor.GetDeploymentInfo(None).supportedFeatures),  # type: ignore[no-untyped-call] # the same
        engine=mocks.MockEngine(logging.getLogger("pulumi")),
        project=_PROJECT,
        stack=stack_name,
        dry_run=False,
        organization=None,
        callbacks=None,
    )


def _run(program: Path) -> None:
    def run() -> None:
        runpy.run_path(str(program), run_name="__main__")

    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        with contextlib.chdir(program.parent):
            loop.run_until_complete(asyncio.wait_for(stack.run_in_stack(run), _SECONDS))
    finally:
        asyncio.set_event_loop(None)
        end_loop(loop)
