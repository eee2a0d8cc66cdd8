"""A handshake of the catalogue, in the form of hookline.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.providers.handshakes.echo import Echo, EchoedHeader, EchoedMember, EchoedParameter
from hookline.providers.handshakes.ping import Presence
from hookline.providers.handshakes.secret_exchange import SecretInHeader, SecretInMember

if TYPE_CHECKING:
    from hookline.providers.handshakes.handshake import Guarded, Kind

__all__ = ["handshake_table"]

_OK = 200


def handshake_table(kind: Kind, token_secret: str) -> dict[str, object] | None:
    """The table that describes this kind of handshake; None for one that needs its own code.

    ``token_secret`` names the secret of its token, if it has one.
    """
    if isinstance(kind, SecretInHeader):
        return {"secret_header": kind.header}
    if isinstance(kind, SecretInMember):
        return {"secret_member": kind.name}
    if isinstance(kind, Presence):
        status = {} if kind.status == _OK else {"status": kind.status}
        return {"method": kind.method, **_guards(kind, "query"), **status}
    return _echo(kind, token_secret) if isinstance(kind, Echo) else None


def _echo(kind: Echo, token_secret: str) -> dict[str, object] | None:
    if isinstance(kind, EchoedParameter):
        where, found, usual = "query", kind.parameter, "GET"
    elif isinstance(kind, EchoedHeader):
        where, found, usual = "header", kind.header, "GET"
    elif isinstance(kind, EchoedMember):
        where, found, usual = "body", kind.path, "POST"
    else:
        return None
    written = {
        "echo": found,
        "in": None if where == "query" else where,
        "method": None if kind.method == usual else kind.method,
        **_guards(kind, where),
        "as": None if kind.reply == "text" else kind.reply,
        "name": kind.under,
        "answer": f"hmac-{kind.hmac}" if kind.hmac else None,
        "encoding": None if kind.encoding == "hex" else kind.encoding,
        "prefix": kind.prefix,
        "repeat": kind.repeat,
        "token": _bare(kind.token, where),
        "token_secret": token_secret if kind.token else None,
    }
    return {key: value for key, value in written.items() if value not in (None, "")}


def _guards(kind: Guarded, where: str) -> dict[str, object]:
    """The further conditions, and ``signed`` where it differs from the default of its method."""
    found: dict[str, object] = {"when": {_bare(name, where): value for name, value in kind.when}} if kind.when else {}
    return found if kind.is_signed is (kind.method == "POST") else {**found, "signed": kind.is_signed}


def _bare(name: str, where: str) -> str:
    """The name without its place, where that place is the default."""
    return name.removeprefix(f"{where}:")
