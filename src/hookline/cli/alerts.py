"""``hookline alerts``."""

from __future__ import annotations

import click

from hookline.cli.options import config_option, data_dir_option, env_file_option, example
from hookline.cli.over_network import talking
from hookline.runtimes.direct.alerts import post_test_alerts

__all__ = ["alerts"]


@click.group(epilog=example("hookline alerts test"))
def alerts() -> None:
    """Check that alerts arrive at the URLs of hookline.toml."""


@alerts.command(name="test", epilog=example("hookline alerts test", "hookline alerts test --config /etc/hookline.toml"))
@config_option
@data_dir_option
@env_file_option
@talking(post_test_alerts)
def test_alerts() -> None:
    """Post a signed test message to the URL of each [[alerts]], once. Its subject is "test", and nothing is wrong.

    The exit code is 1 when one of them did not answer with 2xx.
    """
