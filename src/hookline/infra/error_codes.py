"""The stable codes of packaging and planning a deployment."""

from __future__ import annotations

from hookline.error_codes import ErrorCode
from hookline.errors import OperatorError

__all__ = ["CODES", "DeploymentError"]

CODES: dict[str, ErrorCode] = {
    "target_unknown": ErrorCode(
        title="There is no such target",
        remedy="Use an architecture and a Python version that the detail names.",
    ),
    "bytecode_unavailable": ErrorCode(
        title="The requested bytecode cannot be compiled here",
        remedy="Install exactly that release (`uv python install RELEASE`, or `pyenv install RELEASE`), or name another release or `none` "
        "for every machine that deploys.",
    ),
    "pip_missing": ErrorCode(
        title="The tool that fetches packages is missing",
        remedy="Run `python -m ensurepip` in hookline's environment, or install pip there by other means.",
    ),
    "wheel_missing": ErrorCode(
        title="A package of the layer has no wheel for this target",
        remedy="Choose another architecture or Python version, or put the wheel into the folder of --wheels.",
    ),
    "wheel_altered": ErrorCode(
        title="A package of the layer is not the one that was pinned",
        remedy="Find out where it comes from: hookline was not tested with a file of this SHA-256.",
    ),
    "wheels_unreachable": ErrorCode(
        title="The layer's packages cannot be fetched",
        remedy="Check the connection and pip's settings, or put the wheels into a folder and name it (--wheels).",
    ),
    "archives_unwritable": ErrorCode(
        title="The archives cannot be written",
        remedy="Check the path, its owner and its permissions, and that the disk has room.",
    ),
    "prices_invalid": ErrorCode(
        title="The sheet of prices is not valid",
        remedy="Begin with a copy of hookline's own prices.toml, which has every price that is needed.",
    ),
}


class DeploymentError(OperatorError):
    """The archives of a deployment cannot be created, or its costs cannot be planned."""

    codes = CODES
