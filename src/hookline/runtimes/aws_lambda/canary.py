"""The canary: sends an event through the whole environment, and measures the time until it is on its queue."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from hookline.domain.canary import CanaryFault
from hookline.ports.telemetry import Metric
from hookline.runtimes.aws_lambda.redaction import clean, described
from hookline.runtimes.canary_flight import fly

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.canary import Canary, CanaryRun
    from hookline.ports.telemetry import Telemetry
    from hookline.runtimes.aws_lambda.context import Context
    from hookline.runtimes.canary_flight import CanaryWorld

__all__ = ["CanaryFunction"]


class CanaryFunction:
    """Sends one event with each call and writes one line of telemetry. The alarm treats a missing measurement as a failure."""

    def __init__(
        self, *, canary: Canary, world: CanaryWorld, secret: Callable[[], tuple[bytes, bool]], telemetry: Telemetry
    ) -> None:
        """``secret`` returns the secret to sign with, and whether it was created just now."""
        self._canary = canary
        self._world = world
        self._secret = secret
        self._telemetry = telemetry

    def __call__(self, _event: object, context: Context) -> dict[str, int]:
        """How many events arrived in time: one, or none. Raises a HooklineError where the secret cannot be read."""
        started = perf_counter()
        about = {"request_id": context.aws_request_id}
        try:
            secret, is_new = self._secret()
            run = None if is_new else fly(self._world, self._canary, secret)
        except Exception as fault:  # noqa: BLE001 -- Lambda still counts it; only redacted text is raised
            self._telemetry.record(
                "the canary's event was not sent", fields={**about, **described(fault)}, level="error"
            )
            raise clean(fault) from None
        if run is None:
            said = "the canary's secret was created: the next run sends an event"
            self._telemetry.record(said, fields=about)
            return {"arrived": 0}
        self._tell(run, {**about, "ms": round((perf_counter() - started) * 1000, 2)})
        return {"arrived": int(run.fault is None)}

    def _tell(self, run: CanaryRun, about: dict[str, object]) -> None:
        metrics: dict[Metric, float] = {Metric.CANARY_FAILURES: int(run.fault is not None)}
        if (
            run.seconds is not None and run.fault is not CanaryFault.CHANGED
        ):  # an unknown duration is left out of the record
            metrics[Metric.CANARY_SECONDS] = round(run.seconds, 3)
        if run.fault is None:
            self._telemetry.record("an event of the canary arrived", metrics, about)
        else:
            fields = {**about, "reason": run.detail}
            said = "an event of the canary did not arrive in time"
            self._telemetry.record(said, metrics, fields, level="warning", code=run.fault.value)
