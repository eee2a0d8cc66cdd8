"""``hookline forward`` from a data directory or from AWS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the options are the fields of a Forward

from hookline.domain.forward import Forward
from hookline.runtimes.aws_lambda.wiring.queues import open_forward_source
from hookline.runtimes.embedded.settings import find_values
from hookline.runtimes.embedded.wiring.forwards import run_forward
from hookline.runtimes.env_file import env_file_beside
from hookline.runtimes.forward_attempt import ForwardSource

if TYPE_CHECKING:
    from hookline.runtimes.embedded.wiring.commands import Home
    from hookline.runtimes.opened import Where

__all__ = ["forward_queue"]


def forward_queue(*, place: Where, env_file: Path | None, as_json: bool, **options: Any) -> None:
    """``hookline forward``. With ``as_json`` its log is in JSON, also at a terminal."""
    wanted = Forward(**options)
    values = find_values(wanted.secret_names, env_file_beside(Path("hookline.toml"), env_file))

    def here(home: Home) -> ForwardSource:
        return ForwardSource(queues=home.queues, is_fifo=home.database.queues.is_fifo(wanted.queue))

    with place.open(here, lambda name: open_forward_source(name, wanted.queue)) as source:
        run_forward(wanted, source, values, log_format="json" if as_json else "auto")
