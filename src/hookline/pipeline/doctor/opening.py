"""Opens a case: a request with everything of the project that may explain why it was refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from hookline.domain.secret import Secret
from hookline.errors import Complaint, ConfigError, HooklineError, NotFoundError
from hookline.pipeline.doctor.case import Case, Neighbour
from hookline.pipeline.public_keys import with_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.config import Config
    from hookline.domain.request import Request
    from hookline.domain.source import Source
    from hookline.ports.keys import Keys
    from hookline.providers.scheme import NeedsKey, Scheme

__all__ = ["open_case", "secret_notes", "with_fetched_key", "with_given_key"]


def open_case(config: Config, values: Mapping[str, bytes], name: str, request: Request, url: str | None = None) -> Case:
    """The case of a request to the source of this name; ``url`` is what the sender called, where that is known.

    Raises NotFoundError for a source that is not there, ConfigError when one of its secrets is missing in ``values``.
    """
    source = next((one for one in config.sources if one.name == name), None)
    if source is None:
        known = ", ".join(one.name for one in config.sources)
        raise NotFoundError(f"there is no source {name}; there are {known}")
    if missing := [secret for secret in source.secret_names if secret not in values]:
        where = f"sources.{name}.verify.secrets"
        raise ConfigError([Complaint(where=where, why=f"the secret {secret} is missing") for secret in missing])
    return Case(
        request=request if url is None else replace(request, path=source.path),
        source=source,
        scheme=config.schemes[name],
        secrets=_secrets(source, values),
        neighbours=[
            Neighbour(name=one.name, path=one.path, scheme=config.schemes[one.name], secrets=_secrets(one, values))
            for one in config.sources
            if one.name != name
        ],
        called=url,
    )


def with_fetched_key(case: Case, keys: Keys) -> Case:
    """The case with the key that the request names, where its sender publishes keys and this one is available."""
    with suppress(HooklineError):
        source = with_key(case.source, case.request, keys, case.secrets)
        if source is not case.source:
            # a key makes a scheme of a scheme
            return replace(case, source=source, scheme=cast("Scheme", source.verifier))
    return case


def with_given_key(case: Case, scheme: NeedsKey, key: bytes) -> Case:
    """The case with this public key for its scheme."""
    built = scheme.with_key(key)
    return replace(case, scheme=built, source=replace(case.source, verifier=built))


def secret_notes(config: Config, source: Source, values: Mapping[str, bytes]) -> list[str]:
    """What would keep a server from starting with the source's secrets."""
    scheme = config.schemes[source.name]
    found = ((name, scheme.secret_complaint(values[name])) for name in source.secret_names)
    return [f"The secret {name} {why}." for name, why in found if why is not None]


def _secrets(source: Source, values: Mapping[str, bytes]) -> list[Secret]:
    return [Secret(name=name, value=values[name]) for name in source.secret_names if name in values]
