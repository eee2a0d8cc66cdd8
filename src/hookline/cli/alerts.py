"""``hookline alerts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, data_dir_option, env_file_beside, env_file_option, example, json_option
from hookline.cli.output import print_json
from hookline.config import load
from hookline.errors import ConfigError
from hookline.runtimes.embedded.settings import find_values
from hookline.runtimes.embedded.wiring.alerts import post_sample

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["alerts"]


@click.group(epilog=example("hookline alerts test"))
def alerts() -> None:
    """See that alerts arrive where hookline.toml says."""


@alerts.command(name="test", epilog=example("hookline alerts test", "hookline alerts test --config /etc/hookline.toml"))
@config_option
@data_dir_option
@env_file_option
@json_option
def test_alerts(*, config_path: Path, data_dir: Path, env_file: Path | None, as_json: bool) -> None:
    """Post a signed test message to the URL of each [[alerts]], once. Its subject is "test", and nothing is wrong.

    Exit code 1 when one of them did not answer with 2xx.
    """
    config = load(config_path)
    values = find_values(config.alert_secret_names, env_file_beside(config_path, env_file))
    missing = [one for one in config.forward_secret_complaints(values) if one.where.startswith("alerts")]
    if missing:
        raise ConfigError(missing)
    posted = []
    for alert in config.alerts:
        url, fault = alert.url.partition("?")[0], post_sample(alert, values, data_dir)
        posted.append({"url": url, "posted": fault is None, "fault": fault})
        if not as_json:
            click.echo(f"{url}: {fault or 'posted'}")
    if as_json:
        print_json(posted)
    elif not posted:
        click.echo(f"{config_path} has no [[alerts]]")
    if not all(one["posted"] for one in posted):
        raise SystemExit(1)
