"""``hookline serve``: the server of the embedded home, with the command line's settings instead of the configuration's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config import load
from hookline.runtimes.embedded.settings import Settings, overridden, read_secrets
from hookline.runtimes.embedded.wiring.serve import serve as run_server
from hookline.runtimes.env_file import env_file_beside

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hookline.runtimes.embedded.reload import Read

__all__ = ["serve"]


def serve(
    *,
    config_path: Path,
    data_dir: Path,
    env_file: Path | None,
    log_format: str,
    public_keys: Mapping[str, bytes],
    **listen: str | int | None,
) -> None:
    """Serve until a signal ends it. ``listen`` has addresses and ports by their names in [server]; None uses the configuration's."""
    settings = Settings(
        data_dir=data_dir,
        server=overridden(load(config_path).server, **listen),
        log_format=log_format,
        public_keys=public_keys,
        env_file=env_file or config_path.with_name(".env"),
    )

    def read() -> Read:
        config = load(config_path)
        return config, read_secrets(config, env_file_beside(config_path, env_file), serving=True)

    run_server(settings, read)
