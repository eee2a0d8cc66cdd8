"""A refused request, everything in the project that may explain the refusal, and single changes that are tried on it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from hookline.domain.secret import Secret
from hookline.errors import Complaint, ConfigError, HooklineError, NotFoundError, Rejected, UnavailableError
from hookline.pipeline.public_keys import with_key
from hookline.pipeline.receive import accept
from hookline.pipeline.spelling import as_signed, signs_url
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hookline.config import Config
    from hookline.domain.request import Request
    from hookline.domain.source import Source, Verified
    from hookline.ports.keys import Keys
    from hookline.providers.scheme import NeedsKey, Scheme

__all__ = [
    "Case",
    "Hypothesis",
    "Neighbour",
    "Trial",
    "case_of",
    "secret_notes",
    "spelled_case",
    "with_fetched_key",
    "with_given_key",
]


@record
class Neighbour:
    """Another source of the same project, with its scheme and secrets."""

    name: str
    path: str
    scheme: Scheme
    secrets: Sequence[Secret]


@record
class Trial:
    """One change, and its meaning if the signature fits with it. A field of None changes nothing.

    ``what`` and ``fix`` are sentences for the operator, without any secret or signature. In them, ``{secret}`` is replaced by the name of
    the secret that fits, unless they are ``as_written``: then it is part of a template.
    """

    what: str
    fix: str
    request: Request | None = None
    scheme: Scheme | None = None
    secrets: Sequence[Secret] | None = None
    as_written: bool = False


@record
class Case:
    """A request to ``source``, and the schemes and secrets that might verify it.

    ``called`` is the URL that the sender called, if it is known.
    """

    request: Request
    source: Source
    scheme: Scheme
    secrets: Sequence[Secret]
    neighbours: Sequence[Neighbour] = ()
    called: str | None = None

    def refusal(self) -> Rejected | UnavailableError | None:
        """Why the request is refused as it is, or None."""
        try:
            accept(self.request, self.source, self.secrets)
        except (Rejected, UnavailableError) as refusal:
            return refusal
        return None

    def verified(self, trial: Trial | None = None) -> Verified | Rejected | UnavailableError:
        """The scheme's judgement about the signature, with one change or none."""
        request = self.request if trial is None or trial.request is None else trial.request
        scheme = self.scheme if trial is None or trial.scheme is None else trial.scheme
        secrets = self.secrets if trial is None or trial.secrets is None else trial.secrets
        try:
            return scheme.verify(request, secrets)
        except (Rejected, UnavailableError) as refusal:
            return refusal
        except Exception:  # noqa: BLE001 -- if a scheme fails on a strange request, others must still be tried
            return Rejected("signature_mismatch", "the scheme fails on this request")


@record
class Hypothesis:
    """One reason why signatures do not fit: its stable name, what is looked for, in words, and all its changes."""

    cause: str
    looked_for: str
    trials: Callable[[Case], Iterator[Trial]]


def case_of(config: Config, values: Mapping[str, bytes], name: str, request: Request, url: str | None = None) -> Case:
    """The case of a request to the source with this name; ``url`` is what the sender called, if that is known.

    Raises NotFoundError for a source that does not exist, ConfigError if one of its secrets is missing in ``values``.
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


def spelled_case(case: Case) -> Case:
    """The case with the query as it was signed, if API Gateway has passed another spelling and one of the usual ones fits."""
    if not case.request.query or not signs_url(case.source):
        return case
    spelled = as_signed(case.request, case.source, case.secrets)
    return case if spelled is None else replace(case, request=spelled)


def with_fetched_key(case: Case, keys: Keys) -> Case:
    """The case with the key that the request names, if its sender publishes keys and this one is available."""
    with suppress(HooklineError):
        source = with_key(case.source, case.request, keys, case.secrets)
        if source is not case.source:
            # with the key, the verifier is still a Scheme
            return replace(case, source=source, scheme=cast("Scheme", source.verifier))
    return case


def with_given_key(case: Case, scheme: NeedsKey, key: bytes) -> Case:
    """The case with this public key for its scheme."""
    built = scheme.with_key(key)
    return replace(case, scheme=built, source=replace(case.source, verifier=built))


def secret_notes(config: Config, source: Source, values: Mapping[str, bytes]) -> list[str]:
    """Problems with the source's secrets that would prevent the start of a server."""
    scheme = config.schemes[source.name]
    found = ((name, scheme.secret_complaint(values[name])) for name in source.secret_names)
    return [f"The secret {name} {why}." for name, why in found if why is not None]


def _secrets(source: Source, values: Mapping[str, bytes]) -> list[Secret]:
    return [Secret(name=name, value=values[name]) for name in source.secret_names if name in values]
