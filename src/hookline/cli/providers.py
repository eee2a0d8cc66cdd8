"""``hookline providers``."""

from __future__ import annotations

import click

from hookline.cli.options import example, json_option
from hookline.cli.output import print_fields, print_json, print_list
from hookline.config.provider_page import provider_document, provider_rows
from hookline.config.reader import nearest
from hookline.providers import PROVIDERS

__all__ = ["providers"]


@click.command(epilog=example("hookline providers", "hookline providers stripe", "hookline providers --json"))
@click.argument("name", required=False)
@json_option
def providers(*, name: str | None, as_json: bool) -> None:
    """List the senders that are known by name, or say all about the one called NAME."""
    if name is None:
        _list(as_json=as_json)
        return
    if name not in PROVIDERS:
        raise click.BadParameter(
            f"there is no {name!r}; the nearest known one is {nearest(name, PROVIDERS)!r}", param_hint="NAME"
        )
    if as_json:
        print_json(provider_document(PROVIDERS[name]))
        return
    print_fields(provider_rows(PROVIDERS[name]))


def _list(*, as_json: bool) -> None:
    found = [PROVIDERS[name] for name in PROVIDERS]
    rows = [(provider.name, provider.title, provider.proves.value, provider.evidence.value) for provider in found]
    print_list(("scheme", "sender", "proves", "evidence"), rows, map(provider_document, found), as_json=as_json)
