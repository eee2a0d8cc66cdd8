"""An entry of the catalogue: what hookline knows about one sender."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC
from enum import StrEnum
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.source import OnConflict
from hookline.providers.scheme import NO_OPTIONS, TOLERANCE, FetchesFromSet, OptionError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from hookline.domain.source import SuccessAnswer
    from hookline.providers.handshakes.handshake import Kind
    from hookline.providers.redelivery import Redelivery
    from hookline.providers.scheme import ConfiguredScheme, Scheme

__all__ = [
    "DEFAULT_MAX_BODY",
    "FORM",
    "HANDSHAKES",
    "JSON",
    "Evidence",
    "Proves",
    "Provider",
    "Sample",
    "general_of",
    "signs_time",
]

HANDSHAKES: Final = "hookline.providers.handshakes"
"""The package that contains the kinds of handshakes."""

JSON: Final = frozenset({"application/json"})
FORM: Final = frozenset({"application/x-www-form-urlencoded"})

_REDELIVERIES: Final = "hookline.providers.redeliveries"

DEFAULT_MAX_BODY: Final = 1024 * 1024
"""The limit in bytes for senders that do not document how large their bodies can be."""


class Evidence(StrEnum):
    """How certain it is that a scheme is the one that the sender uses."""

    VECTOR = "vector"
    SDK = "sdk"
    DOCUMENTATION = "documentation"
    UNSURE = "unsure"


class Proves(StrEnum):
    """What a fitting signature proves: every byte of the body is the sender's, or some of its fields are, or the sender knew the secret."""

    BODY = "the whole body"
    CHECKSUM = "a checksum of the body"
    FIELDS = "some fields"
    SENDER = "only the sender"
    NOTHING = "nothing"


@record
class Sample:
    """A call as the sender makes it: its body, shortened from the documentation, and its headers without the signature's.

    In both, ``{id}`` is replaced by the delivery id; ``{seconds}``, ``{milliseconds}`` and ``{rfc3339}`` by the time. ``fresh`` is the JSON
    member or form field that holds the id, if ``find_id`` of the entry is more than a field.
    """

    body: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    media_type: str = "application/json"
    fresh: str = ""

    def filled(self, delivery_id: str, at: datetime) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of one delivery, including the media type."""
        milliseconds = int(at.timestamp() * 1000)
        values = {
            "{id}": delivery_id,
            "{seconds}": str(milliseconds // 1000),
            "{milliseconds}": str(milliseconds),
            "{rfc3339}": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        headers = {name: _filled(value, values) for name, value in self.headers.items()}
        return _filled(self.body, values).encode(), {"content-type": self.media_type} | headers


@record
class Provider:
    """One entry of the catalogue.

    ``verify`` is how the sender signs, in the options of a general scheme as in hookline.toml (durations are timedeltas); a sender with its
    own code has ``scheme`` instead, before any option is set. ``build`` creates the scheme of a source. ``takes`` are the options of the
    general scheme that the user sets, such as an audience; ``demands`` are those among them without which the sender is not proved, each
    with the reason. ``find_id``, ``find_type`` and ``find_time`` are expressions as in hookline.toml, used where the file has none; with
    ``carries_id`` verification itself finds the id, and ``find_id`` says where. ``signs`` is one line about what is signed and where the
    signature is; ``signed_with`` says what the secret is; ``proves`` says how much a fitting signature proves about the body. ``keeps_id``:
    whether a redelivery has the id of the first try. ``covers`` says what is signed where that is not the whole body. ``once`` says which
    signed part belongs to one call only, where a signature fits more than one body. ``signed_time`` says which time is signed but not
    compared with the current time; ``max_age`` is its age limit where hookline.toml sets none. ``max_body`` is the largest body in bytes
    that the sender documents, if that is over 1 MiB: a limit of its calls, a limit that follows from the messages or documents in them, or
    what its own library receives. ``max_body_source`` is the page that says so. If a sender says only that some bodies are over 1 MiB,
    ``max_body`` is several times the largest that was reported. A smaller documented size is left out, because it may grow, and a body over
    ``max_body`` is refused permanently. ``unique_body`` says, with its source, why no two events of this sender have the same body.
    ``answer`` is what the sender accepts as success, None for hookline's own; ``deadline`` is in seconds. ``handshake_kinds`` are the calls
    of this sender that are not events, each as the module and the class of its kind with the arguments; ``handshakes`` are the created
    objects. The first that fits a call answers it. ``confirm_option`` is the option of ``verify`` that names the credentials for asking the
    sender whether a call is its own. ``rate_limit`` is how many calls a second are accepted where hookline.toml sets no rate, for a sender
    whose calls anyone could make. ``headers`` describe the body and are not part of it: they are added to the message. None and "" mean
    that the sender does not document it.
    """

    name: str
    verify: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    scheme: ConfiguredScheme | None = None
    takes: frozenset[str] = frozenset()
    demands: tuple[tuple[str, str], ...] = ()
    title: str = ""
    signs: str = ""
    signed_with: str = ""
    proves: Proves = Proves.BODY
    needs_secret: bool = True
    needs_keys: bool = False
    carries_id: bool = False
    find_id: str | None = None
    find_type: str | None = None
    find_time: str | None = None
    media_types: frozenset[str] = JSON
    on_conflict: OnConflict = OnConflict.ACKNOWLEDGE
    keeps_id: bool | None = None
    covers: str = ""
    once: str = ""
    signed_time: str = ""
    max_age: timedelta | None = None
    max_body: int = DEFAULT_MAX_BODY
    max_body_source: str = ""
    unique_body: str = ""
    answer: SuccessAnswer | None = None
    handshake_kinds: tuple[tuple[str, Mapping[str, object]], ...] = ()
    confirm_option: str = ""
    headers: tuple[str, ...] = ()
    rate_limit: float | None = None
    deadline: float | None = None
    retries: str = ""
    notes: str = ""
    evidence: Evidence = Evidence.DOCUMENTATION
    documentation: str = ""
    sample: Sample | None = None

    def build(self, options: Mapping[str, object]) -> Scheme:
        """The scheme with the options of ``verify`` other than ``scheme`` and ``secrets``. Raises OptionError.

        If ``needs_url``, the source's public URL is the option ``public_url``.
        """
        if self.scheme is not None:
            return self.scheme.configured(options)
        for option, why in self.demands:
            if option not in options:
                raise OptionError(option, why)
        scheme = general_of(self.verify).configured({**self.verify, **options})
        return scheme.owned_by(self.name) if isinstance(scheme, FetchesFromSet) else scheme

    @property
    def options(self) -> frozenset[str]:
        """The options of ``verify`` that a user may set for the scheme."""
        if self.scheme is not None:
            return self.scheme.options
        return self.takes | (TOLERANCE if signs_time(self.verify) else NO_OPTIONS)

    @property
    def needs_url(self) -> bool:
        """Whether the sender signs the URL that it calls."""
        if self.scheme is not None:
            return self.scheme.needs_url
        template = str(self.verify.get("template", ""))
        return "{url}" in template or "{path}" in template

    @property
    def handshakes(self) -> tuple[Kind, ...]:
        """The calls of this sender that are not events. Their modules are imported on first use."""
        return tuple(_kind(name)(**settings) for name, settings in self.handshake_kinds)

    @property
    def redelivery(self) -> Redelivery | None:
        """When the sender tries again, None where it documents nothing about it. The table is imported on first use."""
        found: Redelivery | None = import_module(_REDELIVERIES).REDELIVERIES.get(self.name)
        return found

    @property
    def token_options(self) -> frozenset[str]:
        """The options of ``verify`` that name the token of a handshake."""
        return frozenset(kind.option for kind in self.handshakes if kind.option)

    @property
    def secret_options(self) -> frozenset[str]:
        """These options, and the one with the credentials for asking the sender."""
        return self.token_options | ({self.confirm_option} if self.confirm_option else frozenset())


def general_of(verify: Mapping[str, object]) -> ConfiguredScheme:
    """The general scheme of a block of options, before the options are read."""
    module = import_module(f"hookline.providers.general.{str(verify['scheme']).replace('-', '_')}")
    scheme: ConfiguredScheme = module.PROVIDER.scheme
    return scheme


def signs_time(verify: Mapping[str, object]) -> bool:
    """Whether a block of options says that a time is signed and compared with the current time."""
    fields = verify.get("fields")
    is_named = isinstance(fields, dict) and "timestamp" in fields
    if verify.get("max_lifetime") == "none":
        return False
    return is_named or not _TIMED.isdisjoint(verify) or not _ALWAYS_TIMED.isdisjoint([str(verify["scheme"])])


_TIMED: Final = frozenset({"timestamp_header", "timestamp_body"})
_ALWAYS_TIMED: Final = frozenset({"jwt", "standard-webhooks"})


def _kind(name: str) -> Callable[..., Kind]:
    """The class for a kind such as ``echo.EchoedMember``."""
    module, _, kind = name.partition(".")
    made: Callable[..., Kind] = getattr(import_module(f"{HANDSHAKES}.{module}"), kind)
    return made


def _filled(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
