"""In one line: what a sender signs, and where its signature is, from its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.providers.provider import Provider

__all__ = ["how_it_signs"]

_SIGNED_TEXT = ("hmac", "public-key")


def how_it_signs(provider: Provider) -> str:
    """The entry's own words, or words made from its options."""
    if provider.signs or not provider.verify:
        return provider.signs
    verify = provider.verify
    if verify["scheme"] in _SIGNED_TEXT:
        return f"{_header(verify)}, {_algorithm(verify)} in {verify.get('encoding', 'hex')} over {_template(verify)}"
    if verify["scheme"] == "standard-webhooks":
        spelling = " in the spelling of Svix" if verify.get("spelling") == "svix" else ""
        version = " by Ed25519 (v1a)" if verify.get("version") == "v1a" else ""
        return f"Standard Webhooks{version}{spelling}"
    if verify["scheme"] == "basic":
        return "user and password in `Authorization`"
    return f"a JWT in {_place(verify)}" if verify["scheme"] == "jwt" else f"the secret itself in {_place(verify)}"


def _algorithm(verify: Mapping[str, object]) -> str:
    is_hmac = verify["scheme"] == "hmac"
    algorithm = str(verify.get("algorithm", "sha256" if is_hmac else "ed25519"))
    if not is_hmac:
        return {"ed25519": "Ed25519"}.get(algorithm, algorithm.upper())
    bare = algorithm.removesuffix("-plain")
    name = "MD5" if bare == "md5" else f"SHA-{bare.removeprefix('sha')}"
    return f"HMAC-{name.replace('-', '')}" if not algorithm.endswith("-plain") else f"plain {name}"


def _header(verify: Mapping[str, object]) -> str:
    header = verify["header"]
    names = [str(name) for name in header] if isinstance(header, list | tuple) else [str(header)]
    prefix, fields = verify.get("prefix", ""), verify.get("fields")
    first = str(prefix[0]) if isinstance(prefix, list | tuple) else str(prefix)
    value = f": {first}…" if first else ""
    if isinstance(fields, dict):
        separator = str(verify.get("separator", ","))
        places = sorted(fields.items(), key=lambda item: str(item[0]), reverse=True)
        if all(isinstance(place, int) for _, place in places):
            value = ": " + separator.join(kind for kind, _ in sorted(places, key=lambda item: int(item[1])))
        else:
            value = ": " + separator.join(f"{name}={first if kind == 'signature' else ''}…" for kind, name in places)
    return " or ".join(f"`{name}{value}`" for name in names)


def _template(verify: Mapping[str, object]) -> str:
    is_plain = str(verify.get("algorithm", "")).endswith("-plain")
    fields = verify.get("fields")
    has_time = "timestamp_header" in verify or (isinstance(fields, dict) and "timestamp" in fields)
    parts = ["{id}"] * ("id_header" in verify) + ["{timestamp}"] * has_time
    default = "{secret}{body}" if is_plain else ".".join([*parts, "{body}"])
    template = str(verify.get("template", default))
    return "the body" if template == "{body}" else "`" + template.replace("\n", "\\n") + "`"


def _place(verify: Mapping[str, object]) -> str:
    for place, words in (("query", "the field `{}` of the query"), ("body", "`{}` of the body")):
        if verify.get(place):
            return words.format(verify[place])
    header = verify.get("header", "Authorization: Bearer")
    names = [str(name) for name in header] if isinstance(header, list | tuple) else [str(header)]
    prefix = str(verify.get("prefix", ""))
    return " or ".join(f"`{name}: {prefix}…`" if prefix else f"`{name}`" for name in names)
