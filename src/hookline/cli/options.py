"""Options that several commands share, and the form of their examples."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "config_option",
    "data_dir_option",
    "env_file_option",
    "example",
    "json_option",
    "key_option",
    "limit_option",
    "project_option",
    "recorded_request_option",
    "secret_env_option",
    "template_folder",
]

_HERE = Path(__file__)
_FOLDERS = (_HERE.with_name("template"), _HERE.parents[3] / "examples" / "transactions")
"""The example project in the wheel, and in the repository: one set of files, which the build copies by name (see pyproject.toml)."""

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("hookline.toml"),
    show_default=True,
    help="The configuration.",
)

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data"),
    show_default=True,
    help="The folder in which hookline stores all its data.",
)

env_file_option = click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file with secrets, one NAME=value a line; other secrets come from the environment. [default: .env in the folder of --config]",
)

key_option = click.option(
    "--key",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE",
    help="The sender's public key or certificate, for senders whose key is fetched. [default: fetch it]",
)

recorded_request_option = click.option(
    "--request",
    "file",
    type=click.File("rb", lazy=True),
    required=True,
    metavar="FILE",
    help="The request as JSON: method, url, headers, and body or form. - is standard input.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, also for errors.")


def secret_env_option(*, required: bool) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """``--secret-env``, as ``names``."""
    return click.option(
        "--secret-env",
        "names",
        multiple=True,
        required=required,
        metavar="NAME",
        help="The environment variable that holds a secret; may be repeated: one secret that matches is enough.",
    )


def limit_option(usual: int) -> Callable[[click.decorators.FC], click.decorators.FC]:
    """``--limit``, as ``limit``."""
    return click.option(
        "--limit",
        type=click.IntRange(1, 10_000),
        default=usual,
        show_default=True,
        help="The largest number of results.",
    )


def template_folder() -> Path:
    """The folder that holds the example project, which ``hookline init`` writes."""
    return next(folder for folder in _FOLDERS if (folder / "hookline.toml").is_file())


def _project(ctx: click.Context, _option: click.Parameter, path: Path | None) -> Path:
    usual = Path("hookline.toml")
    if path is not None or usual.exists():
        return path or usual
    if not ctx.resilient_parsing:
        click.echo(
            "there is no hookline.toml here: this is the example project, as `hookline init` writes it", err=True
        )
    return template_folder() / "hookline.toml"


project_option = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_project,
    help="The configuration. [default: hookline.toml; where there is none, the example project]",
)
"""``--config`` for commands that only look: without a hookline.toml they look at the example, and say so."""


def example(*lines: str) -> str:
    """An epilog that shows how a command is used, one line each."""
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])
