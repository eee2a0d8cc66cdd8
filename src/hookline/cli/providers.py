"""``hookline providers``."""

from __future__ import annotations

from datetime import timedelta

import click

from hookline.cli.options import example, json_option
from hookline.cli.output import print_fields, print_json, print_list
from hookline.cli.values import duration_option
from hookline.config.provider_block import provider_block
from hookline.config.provider_page import provider_document, provider_rows
from hookline.config.reader import nearest
from hookline.config.redelivery_text import outage_document, outage_row
from hookline.providers import PROVIDERS

__all__ = ["providers"]

_SHOW = "show"


@click.command(
    epilog=example(
        "hookline providers",
        "hookline providers show stripe",
        "hookline providers show stripe --toml",
        "hookline providers --outage 1h",
        "hookline providers --json",
    )
)
@click.argument("words", nargs=-1, metavar="[[show] NAME]")
@click.option("--toml", "as_toml", is_flag=True, help="Print the source in the options of a general scheme.")
@duration_option(
    "--outage",
    usual="0s",
    longest=timedelta(days=30),
    what="Say which senders' events get through an outage so long, by their own retries.",
)
@json_option
def providers(*, words: tuple[str, ...], as_toml: bool, outage: timedelta, as_json: bool) -> None:
    """List the senders that are known by name, or say all about the one called NAME."""
    names = words[1:] if words[:1] == (_SHOW,) else words
    if len(names) > 1 or (words and not names):
        raise click.UsageError("name one sender: hookline providers show NAME")
    if not names:
        if as_toml:
            raise click.UsageError("--toml needs the NAME of a sender")
        _list(outage.total_seconds(), as_json=as_json)
        return
    if outage:
        raise click.UsageError("--outage is for the list, without NAME")
    (name,) = names
    if name not in PROVIDERS:
        raise click.BadParameter(
            f"there is no {name!r}; the nearest known one is {nearest(name, PROVIDERS)!r}", param_hint="NAME"
        )
    if as_toml:
        click.echo(provider_block(PROVIDERS[name]), nl=False)
    elif as_json:
        print_json(provider_document(PROVIDERS[name]))
    else:
        print_fields(provider_rows(PROVIDERS[name]))


def _list(outage: float, *, as_json: bool) -> None:
    found = [PROVIDERS[name] for name in PROVIDERS]
    if outage:
        rows = [outage_row(one, outage) for one in found]
        documents = [outage_document(one, outage) for one in found]
        print_list(("scheme", "tries", "an event of its first moment", "pauses"), rows, documents, as_json=as_json)
        return
    shown = [(provider.name, provider.title, provider.proves.value, provider.evidence.value) for provider in found]
    print_list(("scheme", "sender", "proves", "evidence"), shown, map(provider_document, found), as_json=as_json)
