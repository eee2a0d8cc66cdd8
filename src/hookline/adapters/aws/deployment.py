"""Finds an environment's names in its router's settings, for commands that run outside of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws import names
from hookline.adapters.aws.errors import translated
from hookline.errors import OperatorError
from hookline.record import record

if TYPE_CHECKING:
    from hookline.adapters.aws.clients import Client

__all__ = ["Deployment", "read_deployment"]


@record
class Deployment:
    """The physical names of one environment. ``queue_url_prefix`` is the URL of any of its queues up to the last slash, inclusive."""

    table: str
    bucket: str
    router: str
    queue_url_prefix: str


def read_deployment(client: Client, environment: str) -> Deployment:
    """The environment's names, read by one call of Lambda. Raises OperatorError ``environment_unknown`` where there is none."""
    router = names.router(environment)
    try:
        with translated(but=("ResourceNotFoundException",)):
            answer = client.get_function_configuration(FunctionName=router)
    except ClientError:
        raise _unknown(f"there is no function {router} in this account and region") from None
    variables = answer.get("Environment", {}).get("Variables", {})
    table, bucket = variables.get(names.VAR_TABLE), variables.get(names.VAR_BUCKET)
    if not table or not bucket:
        raise _unknown(f"the function {router} was not deployed by hookline")
    return Deployment(
        table=table,
        bucket=bucket,
        router=router,
        queue_url_prefix=variables.get(names.VAR_QUEUE_URL_PREFIX, ""),
    )


def _unknown(detail: str) -> OperatorError:
    return OperatorError("environment_unknown", detail)
