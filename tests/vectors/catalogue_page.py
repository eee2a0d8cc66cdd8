"""docs/reference/providers.md, written from the catalogue and the recorded calls: ``make catalogue``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.config.provider_page import provider_rows
from hookline.config.units import duration_text
from hookline.providers import PROVIDERS
from hookline.providers.fetches import APIS
from hookline.providers.provider import Proves
from hookline.providers.transactions import MAPPED
from hookline.providers.words import how_it_signs
from vectors.senders import NAMES, OWN_TOML, URL, VECTORS, built

if TYPE_CHECKING:
    from hookline.providers.provider import Provider

__all__ = ["PAGE", "example_of", "page"]

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "providers.md"

_HEAD = """\
# Providers: senders that are known by name

<!-- Written by `make catalogue` from the catalogue and the recorded calls; do not edit. -->

`verify = {{ scheme = "stripe", secrets = ["STRIPE_SECRET"] }}` is all that a source of one of these {count} senders needs: the
catalogue knows where the signature, the id, the type and the time are, and which answer the sender expects. `id`, `type`,
`time`, `media_types` and `on_conflict` in hookline.toml take precedence.
A conflict (a known id with another body) is acknowledged unless the source says otherwise,
because some senders change small fields between attempts.
`hookline providers NAME` prints the same on the command line,
`hookline send` sends a sample, and `hookline verify` checks a recorded call. To [add a provider](../how-to/add-a-provider.md), write one
entry; for all other senders, use the options of [the general schemes](verification.md).

What a signature proves: *the whole body*, every byte of it; only *a checksum of the body* or *some fields*; or *only
the sender*, which knows a secret. If it is less than the whole body, ask the sender's API what happened before money moves.

*Signed* says what the signature covers. *An overheard call* says what happens if someone records a call and sends it again (unchanged,
under another id, or with another change), and *verifies for* how long its signature is accepted. The tests try all three for each sender.
[What a signature does not cover](verification.md#what-a-signature-does-not-cover) explains them.

*Schedule* says when the sender tries again, and *an outage of an hour* what happens to an event at the beginning of the outage.
If a sender does not document its pauses, they are hookline's assumption, and the row says so. `hookline send NAME --as-real` follows the
schedule, and `hookline providers --outage 1h` lists all senders. Pauses are rarely exact in practice: senders add some at random.

How well a scheme is known (evidence): *vector*, a signed call that the sender itself published; *sdk*, one that the sender's own
library made or accepted; *documentation*, one that an independent library made as the sender's page describes; *unsure*, if pages and
libraries disagree or are incomplete. The table has each origin, and the tests verify each call.

| provider | scheme | proves | handshake | transactions | evidence | signed call |
|---|---|---|---|---|---|---|
"""
_OPTIONS = """\

## Options

Options in `verify`, in addition to `scheme` and `secrets`:

| option | for | meaning |
|---|---|---|
| `tolerance` | every sender that signs a time | How far the signed time may be from now; each sender has its default below. |
| `version` | hubspot | `"v3"` (the default), or the weaker `"v2"` or `"v1"`. |
| `version` | aws-sns | `"2"` (the default), or `"1"` to accept SHA-1 too. |
| `topics` | aws-sns | Required: the ARNs of the topics that may send here. |
| `client_ids` | adobe-io | Required: the client ids of your projects: Adobe signs for all of its customers. |
| `confirm` | paypal | Names `client_id:secret`: PayPal is [asked about each call](verification.md#what-a-signature-does-not-cover). |
| `environment` | paypal | `"live"` (the default) or `"sandbox"`: which of PayPal's hosts is asked. |
| `environment` | plaid | `"production"` (the default) or `"sandbox"`: which of Plaid's hosts has the key. |
| `audience` | google-pubsub | Required: the audience of the push subscription, or its whole push endpoint if it sets no audience. |
| `claims` | google-pubsub | Required: `{ email = "SERVICE_ACCOUNT", email_verified = true }`: others can get tokens for your audience. |
| `algorithms` | fusionauth | `["HS256"]` (the default), or those of the webhook's signing key, such as `["RS256"]`. |
| `keys_url` | fusionauth | Instead of `secrets`, if FusionAuth signs with a key pair: [the URL of its keys](verification.md#keys_url). |
| `form` | gitlab | `"token"` (the default), or `"signature"` for a signing token. |
| `algorithm` | cloudinary | `"sha1-plain"` (the default), or `"sha256-plain"` for an account that was switched to SHA-256. |
| `header` | fillout | The name of the header with the secret, if it is another one. |
| `issuer` | livekit | The API key whose tokens are accepted; without it, the tokens of every key with this secret are. |
| `query` | mailchimp | The name of the query's field with the secret, if it is another one. |

Senders whose handshake uses a token that you choose have an option for it: see [handshakes](../how-to/handshakes.md).
`public_url`, which senders that sign the URL need, is a key [of the source](configuration.md#sourcesname).
"""


_UNSIGNED = """\

## Senders that sign nothing

Anyone could make their calls. Each event waits until the sender's own API has reported what happened
([fetch](configuration.md#fetch)), and is not put on a queue if the API does not know it.
"""


def page() -> str:
    """The whole page."""
    providers = [PROVIDERS[name] for name in NAMES]
    rows = "".join(_row(provider) for provider in providers)
    sections = "".join(_section(provider) for provider in providers)
    return _HEAD.format(count=len(NAMES)) + rows + _OPTIONS + sections + _unsigned()


def example_of(provider: Provider) -> str:
    """The smallest source."""
    name = provider.name
    secrets = f', secrets = ["{name.upper().replace("-", "_")}_SECRET"]' if provider.needs_secret else ""
    own = OWN_TOML.get(name, "").replace(URL, f"{URL.rpartition('/')[0]}/{name}")
    url = f'public_url = "{URL.rpartition("/")[0]}/{name}"\n' if provider.needs_url else ""
    fetch = 'fetch = { secret = "API_TOKEN" }\n' if provider.proves is Proves.NOTHING else ""
    return f'[sources.{name}]\nverify = {{ scheme = "{name}"{secrets}{own} }}\n{url}{fetch}'


def _unsigned() -> str:
    """The senders that sign nothing, whose calls are proved later."""
    found = [one for name in sorted(APIS) if (one := PROVIDERS[name]).proves is Proves.NOTHING]
    return _UNSIGNED + "".join(_section(one).replace("\n## ", "\n### ", 1) for one in found)


def _row(provider: Provider) -> str:
    handshake = ", ".join(sorted({kind.method for kind in provider.handshakes})) or "no"
    origins = [one.source for one in VECTORS if one.provider == provider.name]
    origin = next((one for one in origins if "OpenSSL" not in one), origins[0])
    cells = (
        f"[{provider.name}](#{provider.name})",
        how_it_signs(provider),
        provider.proves.value,
        handshake,
        "yes" if provider.name in MAPPED else "no",
        provider.evidence.value,
        re.sub(r",? over what https://\S+ says is signed", ", as the sender's page describes", origin),
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def _section(provider: Provider) -> str:
    rows = [(name, value) for name, value in provider_rows(provider) if name not in {"scheme", "sender", "notes"}]
    table = "".join(f"| {name} | {_cell(name, value, provider)} |\n" for name, value in rows)
    notes = f"\n{provider.notes}\n" if provider.notes else ""
    return (
        f"\n## {provider.name}\n\n{provider.title}: {how_it_signs(provider)}.\n{notes}\n"
        f"```toml\n{example_of(provider)}```\n\n| | |\n|---|---|\n{table}"
    )


def _is_unsigned(provider: Provider) -> bool:
    """Whether the id is in a header that no signature covers."""
    is_signed = provider.carries_id or "{header:" in getattr(built(provider.name), "template", "")
    return (provider.find_id or "").startswith("header:") and not is_signed


def _cell(name: str, value: str, provider: Provider) -> str:
    if name == "options":
        tolerance = getattr(built(provider.name), "tolerance", None)
        words = [f"`{option}`" for option in sorted(provider.options)]
        default = f" (default tolerance: {duration_text(tolerance)})" if tolerance else ""
        return ", ".join(words) + default
    if name == "id" and _is_unsigned(provider):
        return f"`{value.replace('|', chr(92) + '|')}` (a header that is not signed: only TLS protects it)"
    if name in {"id", "type", "time"}:
        return "`" + value.replace("|", "\\|") + "`"
    return f"<{value}>" if name in {"documentation", "schedule by"} else value.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page())
