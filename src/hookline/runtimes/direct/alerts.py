"""``hookline alerts test``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.config import load
from hookline.errors import ConfigError
from hookline.pipeline.shown import Shown
from hookline.runtimes.embedded.settings import find_values
from hookline.runtimes.embedded.wiring.alerts import post_sample
from hookline.runtimes.env_file import env_file_beside

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.runtimes.talk import Talk

__all__ = ["post_test_alerts"]


def post_test_alerts(talk: Talk, *, config_path: Path, data_dir: Path, env_file: Path | None) -> None:
    """Post a test message for each [[alerts]]. Raises ConfigError if a secret is missing or cannot be used."""
    config = load(config_path)
    values = find_values(config.alert_secret_names, env_file_beside(config_path, env_file))
    missing = [one for one in config.forward_secret_complaints(values) if one.where.startswith("alerts")]
    if missing:
        raise ConfigError(missing)
    posted = []
    for alert in config.alerts:
        url, fault = alert.url.partition("?")[0], post_sample(alert, values, data_dir)
        posted.append({"url": url, "posted": fault is None, "fault": fault})
        talk.line(f"{url}: {fault or 'posted'}")
    parts = [] if posted else [f"{config_path} has no [[alerts]]"]
    talk.show(Shown(document=posted, parts=parts, failed=not all(one["posted"] for one in posted)))
