"""The settings of a stack in addition to hookline.toml: the ``hookline:`` keys of its configuration, all checked together."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.config.reader import nearest
from hookline.config.units import UnusableError, shown, whole
from hookline.errors import Complaint, ConfigError
from hookline.infra.packaging import ARCHITECTURES, NO_BYTECODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["DEFAULT_PROJECT", "KEYS", "NAMESPACE", "RUNBOOK", "RUNTIMES", "Key", "Settings", "read_settings"]


NAMESPACE = "hookline"
DEFAULT_PROJECT = Path("../examples/transactions/hookline.toml")
RUNBOOK = "docs/how-to/runbook.md"
"""The URL of the runbook in alarms' descriptions, unless a stack has another one."""
RUNTIMES = ("python3.12", "python3.13", "python3.14")
"""The runtimes that AWS supports on Amazon Linux 2023; 3.11 and older run on Amazon Linux 2, whose updates ended on 2026-06-30."""
_OLD_RUNTIMES = {
    "python3.10": "has been deprecated since 2026-10-31",
    "python3.11": "runs on Amazon Linux 2, which has had no updates since 2026-06-30 and is too old for the schema validator",
}
_WITHOUT_SNAP_START = ("ap-east-2", "ap-southeast-6")
"""https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html#snapstart-supported-regions, read on 2026-11-28."""
_LOG_LEVELS = ("DEBUG", "INFO")  # Lambda would drop lines below the level, and metrics are lines of level info
_LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+){1,3}-[1-9]")
_RUNBOOK = re.compile(r"[^\s#]{1,512}")
_RELEASE = re.compile(rf"{NO_BYTECODE}|3\.[0-9]{{1,3}}\.[0-9]{{1,3}}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,63}")
_KEY = re.compile(
    r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]{1,25}):\d{12}:key/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})",
    re.ASCII,
)
_MOST_KEYS = 10
_BOUNDARY = re.compile(r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/[\w+=,.@/-]{1,512}", re.ASCII)
_TAG_KEY = re.compile(r"(?!aws:)[\w .:/=+@-]{1,128}")
_TAG_VALUE = re.compile(r"[\w .:/=+@-]{0,256}")
_MOST_TAGS = 40
"""A resource may have 50 tags; the rest is for those of hookline and AWS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One environment's settings. Raises ConfigError with all problems.

    Memory is in MB and timeouts are in seconds. ``region`` None means the provider's region. A concurrency of None reserves nothing: the
    function shares the concurrency of its account. With ``ttl_days`` None, ``[events] retention`` in hookline.toml applies.
    ``protect`` prevents that storage of events is deleted. ``draining`` are queues that were recently of the other kind (standard or
    FIFO), and whose former queues stay until they are empty. ``secret_keys`` are the ARNs of the KMS keys that secrets are encrypted
    with, if those are not the account's default. ``bytecode`` is the release of CPython that compiles the archives, or
    ``none``; None is ``none`` with a warning at each deployment. The two archives are those of ``hookline package``; None packages
    again.
    """

    environment: str
    project: Path = DEFAULT_PROJECT
    region: str | None = None
    runtime: str = "python3.13"
    architecture: str = "arm64"
    bytecode: str | None = None
    validator_memory: int = 256
    router_memory: int = 256
    recoverer_memory: int = 1024
    validator_timeout: int = 30
    router_timeout: int = 60
    recoverer_timeout: int = 60
    validator_concurrency: int | None = None
    router_concurrency: int | None = None
    throttle_rate: int = 1000
    throttle_burst: int = 2000
    log_level: str = "INFO"
    log_retention_days: int = 30
    ttl_days: int | None = None
    alarm_email: str | None = None
    runbook: str = RUNBOOK
    protect: bool = False
    draining: tuple[str, ...] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    canary: bool = False
    cmk: bool = False
    secret_keys: tuple[str, ...] = ()
    waf: bool = False
    waf_rate: int = 10_000
    manage_api_gateway_account: bool = False
    permissions_boundary: str | None = None
    snap_start: bool = False
    layer_archive: Path | None = None
    function_archive: Path | None = None

    def __post_init__(self) -> None:
        if complaints := [*_each(self), *_together(self)]:
            raise ConfigError(complaints)

    @property
    def all_tags(self) -> Mapping[str, str]:
        """The tags of every resource: the configured ones, and those with the environment and the project."""
        return {"hookline:environment": self.environment, "managed-by": "hookline", **self.tags}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a stack's configuration: the field that it sets, the function that reads its text, and the check of its value."""

    field: str
    read: Callable[[str], object]
    check: Callable[[object], object]


def read_settings(written: Mapping[str, str], *, stack: str) -> Settings:
    """The settings from a stack's configuration; ``written`` has its keys without ``hookline:``.

    The environment has the stack's name by default. Raises ConfigError with all problems.
    """
    values: dict[str, object] = {"environment": stack}
    complaints = [_unknown(name) for name in written if name not in KEYS]
    for name, text in written.items():
        if key := KEYS.get(name):
            try:
                values[key.field] = key.read(text)
            except UnusableError as fault:
                complaints.append(_complaint(name, str(fault)))
    try:
        settings = Settings(**values)  # type: ignore[arg-type]  # KEYS pairs each field with its reader, and a test compares
    except ConfigError as error:
        raise ConfigError([*complaints, *error.complaints]) from None
    if complaints:
        raise ConfigError(complaints)
    return settings


def _unknown(name: str) -> Complaint:
    return _complaint(name, f"unknown key; the most similar known key is {NAMESPACE}:{nearest(name, KEYS)}")


def _complaint(name: str, why: str) -> Complaint:
    return Complaint(where=f"{NAMESPACE}:{name}", why=why)


def _each(settings: Settings) -> Iterator[Complaint]:
    """The problems of single values."""
    for name, key in KEYS.items():
        try:
            key.check(getattr(settings, key.field))
        except UnusableError as fault:
            yield _complaint(name, str(fault))


def _together(settings: Settings) -> Iterator[Complaint]:
    """The problems of combinations of valid values."""
    if (settings.layer_archive is None) != (settings.function_archive is None):
        missing = "layerArchive" if settings.layer_archive is None else "functionArchive"
        yield _complaint(missing, "both archives are needed, or none: `hookline package` makes the two together")
    yield from _about_bytecode(settings)
    yield from _about_secret_keys(settings)
    burst, rate = settings.throttle_burst, settings.throttle_rate
    if all(isinstance(number, int) for number in (burst, rate)) and burst < rate:
        yield _complaint("throttleBurst", f"is less than a second's worth of requests (throttleRate, {rate})")
    if settings.snap_start is True and settings.region in _WITHOUT_SNAP_START:
        yield _complaint(
            "snapStart", f"Lambda has no SnapStart in {settings.region}: remove it, or choose another region"
        )


def _about_bytecode(settings: Settings) -> Iterator[Complaint]:
    """The problems for which the requested bytecode cannot be compiled or used."""
    release, python = settings.bytecode, settings.runtime.removeprefix("python")
    if release is None:
        return
    if settings.layer_archive is not None:
        yield _complaint(
            "bytecode", "has no effect together with layerArchive: `hookline package --bytecode` made those archives"
        )
    elif release != NO_BYTECODE and release.rpartition(".")[0] != python:
        yield _complaint(
            "bytecode", f"{release} is not a release of Python {python}, which the functions run on (runtime)"
        )


def _about_secret_keys(settings: Settings) -> Iterator[Complaint]:
    """Problems with keys of another region, which cannot encrypt secrets of this one."""
    if settings.region is None or not isinstance(settings.secret_keys, tuple):
        return
    for arn in settings.secret_keys:
        if (key := _KEY.fullmatch(str(arn))) and key["region"] != settings.region:
            yield _complaint(
                "secretKeys",
                f"{arn} is not a key of {settings.region}, and secrets are encrypted with keys of their own region",
            )


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise UnusableError("must be a whole number")
    return int(text)


def _switch(text: str) -> bool:
    if text not in ("true", "false"):
        raise UnusableError("must be true or false")
    return text == "true"


def _table(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise UnusableError("must be a map of texts: pulumi config set --path 'hookline:tags.NAME' VALUE") from None


def _environment(value: object) -> object:
    if not isinstance(value, str) or not names.is_environment(value):
        raise UnusableError(f"{shown(value)} cannot name an environment: {names.ENVIRONMENT_RULE}")
    return value


def _fits(rule: re.Pattern[str], what: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        if not isinstance(value, str) or not rule.fullmatch(value):
            raise UnusableError(f"must be {what}")
        return value

    return check


def _one_of(*known: object) -> Callable[[object], object]:
    def check(value: object) -> object:
        if value not in known or isinstance(value, bool):
            raise UnusableError(f"must be one of {', '.join(map(str, known))}")
        return value

    return check


def _runtime(value: object) -> object:
    if isinstance(value, str) and value in _OLD_RUNTIMES:
        raise UnusableError(f"{value} {_OLD_RUNTIMES[value]}; take one of {', '.join(RUNTIMES)}")
    return _one_of(*RUNTIMES)(value)


def _boolean(value: object) -> object:
    if not isinstance(value, bool):
        raise UnusableError("must be true or false")
    return value


def _path(value: object) -> object:
    if not isinstance(value, Path) or value == Path():
        raise UnusableError("must be the path of a file")
    return value


def _tags(value: object) -> object:
    if not isinstance(value, dict) or len(value) > _MOST_TAGS:
        raise UnusableError(f"must be a map of at most {_MOST_TAGS} texts")
    for key, text in value.items():
        if not (
            isinstance(key, str) and _TAG_KEY.fullmatch(key) and isinstance(text, str) and _TAG_VALUE.fullmatch(text)
        ):
            raise UnusableError(
                f"{shown(key)} is not a tag: up to 128 characters, not beginning with aws:, "
                "with a text of up to 256; letters, digits, spaces and . _ : / = + - @"
            )
    return value


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _queue_names(value: object) -> object:
    if not isinstance(value, tuple) or not value or not all(isinstance(name, str) and name for name in value):
        raise UnusableError("must be names of queues with commas between them, such as payments,refunds")
    return value


def _arns(text: str) -> tuple[str, ...]:
    """Texts separated by commas, or a list as ``pulumi config set --path`` writes it."""
    if not text.startswith("["):
        return _names(text)
    try:
        return tuple(map(str, json.loads(text)))
    except ValueError:
        raise UnusableError("must be a list: pulumi config set --path 'hookline:secretKeys[0]' ARN") from None


def _secret_keys(value: object) -> object:
    if not isinstance(value, tuple) or len(value) > _MOST_KEYS:
        raise UnusableError(f"must be ARNs of at most {_MOST_KEYS} KMS keys, with commas between them")
    for arn in value:
        if not isinstance(arn, str) or not _KEY.fullmatch(arn):
            alias = ", and no alias: a policy grants keys only" if "alias/" in str(arn) else ""
            raise UnusableError(
                f"{shown(arn)} is not the ARN of a KMS key{alias}; "
                "`aws kms describe-key --key-id ID --query KeyMetadata.Arn` prints it, such as arn:aws:kms:eu-west-1:123456789012:key/UUID"
            )
    return value


def _optional(check: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: None if value is None else check(value)


_MEMORY = whole(128, 10_240)
_CONCURRENCY = _optional(whole(1, 100_000))

KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "environmentSuffix": Key(field="environment", read=str, check=_environment),
        "project": Key(field="project", read=Path, check=_path),
        "region": Key(field="region", read=str, check=_optional(_fits(_REGION, "a region such as eu-west-1"))),
        "runtime": Key(field="runtime", read=str, check=_runtime),
        "architecture": Key(field="architecture", read=str, check=_one_of(*ARCHITECTURES)),
        "bytecode": Key(
            field="bytecode",
            read=str,
            check=_optional(_fits(_RELEASE, "an exact release of the runtime, such as 3.13.5, or none")),
        ),
        "validatorMemory": Key(field="validator_memory", read=_number, check=_MEMORY),
        "routerMemory": Key(field="router_memory", read=_number, check=_MEMORY),
        "recovererMemory": Key(field="recoverer_memory", read=_number, check=_MEMORY),
        # The gateway waits for 10 s: a validator with a shorter timeout could not even answer 503.
        "validatorTimeout": Key(field="validator_timeout", read=_number, check=whole(11, 900)),
        "routerTimeout": Key(field="router_timeout", read=_number, check=whole(11, 900)),
        "recovererTimeout": Key(field="recoverer_timeout", read=_number, check=whole(11, 900)),
        "validatorConcurrency": Key(field="validator_concurrency", read=_number, check=_CONCURRENCY),
        "routerConcurrency": Key(field="router_concurrency", read=_number, check=_CONCURRENCY),
        "throttleRate": Key(field="throttle_rate", read=_number, check=whole(1, 1_000_000)),
        "throttleBurst": Key(field="throttle_burst", read=_number, check=whole(1, 1_000_000)),
        "logLevel": Key(field="log_level", read=str, check=_one_of(*_LOG_LEVELS)),
        "logRetentionDays": Key(field="log_retention_days", read=_number, check=_one_of(*_LOG_DAYS)),
        "ttlDays": Key(field="ttl_days", read=_number, check=_optional(whole(1, 3650))),
        "runbook": Key(field="runbook", read=str, check=_fits(_RUNBOOK, "an address or a path without spaces or #")),
        "alarmEmail": Key(field="alarm_email", read=str, check=_optional(_fits(_EMAIL, "an e-mail address"))),
        "protect": Key(field="protect", read=_switch, check=_boolean),
        "draining": Key(field="draining", read=_names, check=_optional(_queue_names)),
        "tags": Key(field="tags", read=_table, check=_tags),
        "canary": Key(field="canary", read=_switch, check=_boolean),
        "cmk": Key(field="cmk", read=_switch, check=_boolean),
        "secretKeys": Key(field="secret_keys", read=_arns, check=_secret_keys),
        "waf": Key(field="waf", read=_switch, check=_boolean),
        "wafRate": Key(field="waf_rate", read=_number, check=whole(10, 2_000_000_000)),
        "manageApiGatewayAccount": Key(field="manage_api_gateway_account", read=_switch, check=_boolean),
        "permissionsBoundary": Key(
            field="permissions_boundary",
            read=str,
            check=_optional(
                _fits(_BOUNDARY, "the ARN of an IAM policy, such as arn:aws:iam::123456789012:policy/NAME")
            ),
        ),
        "snapStart": Key(field="snap_start", read=_switch, check=_boolean),
        "layerArchive": Key(field="layer_archive", read=Path, check=_optional(_path)),
        "functionArchive": Key(field="function_archive", read=Path, check=_optional(_path)),
    }
)
"""Every key by its name in a stack's configuration; a test checks that docs/reference/stack-settings.md has a row for each."""
