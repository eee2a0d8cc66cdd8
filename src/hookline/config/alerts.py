"""Reads ``[[alerts]]``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.config.forwards import read_endpoint, signing_secrets
from hookline.config.keys import KEYS
from hookline.config.reader import one_of, read, read_list, read_table
from hookline.config.units import UnusableError, duration, whole
from hookline.domain.alert import Alert, AlertKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from hookline.config.reader import Place, Table
    from hookline.domain.source import Source

__all__ = ["read_alerts"]

_DEFAULT: Final = Alert(url="", secret_names=())
_COUNT: Final = whole(1, 1_000_000_000)
_AGE: Final = duration(timedelta(seconds=1), timedelta(days=14))
_SILENCE: Final = duration(timedelta(minutes=1), timedelta(days=365))
_AFTER: Final = duration(timedelta(0), timedelta(days=1))


def read_alerts(
    place: Place, value: object, queue_names: Collection[str], sources: Sequence[Source]
) -> tuple[Alert, ...]:
    """Every usable alert, in the order of the file."""
    if not isinstance(value, list):
        place.complain("must be a list of tables: write [[alerts]] above each")
        return ()
    found = [_alert(place.at(index), written, queue_names, sources) for index, written in enumerate(value)]
    for index, alert in enumerate(found):
        if alert is not None and any(one is not None and one.id == alert.id for one in found[:index]):
            place.at(index).complain(
                "reports the same conditions to the same URL as another [[alerts]]: remove one of them"
            )
    return tuple(alert for alert in found if alert is not None)


def _alert(place: Place, written: object, queue_names: Collection[str], sources: Sequence[Source]) -> Alert | None:
    table = read_table(place, written, KEYS["alerts"])
    if not isinstance(written, dict):
        return None
    secrets = signing_secrets(table, sources)
    url, allow_private = read_endpoint(table)
    kinds = frozenset(AlertKind(name) for name in _names(table, "on", [kind.value for kind in AlertKind]))
    if table.has("on") and not kinds:
        table.at("on").complain(f"must name at least one of {', '.join(AlertKind)}")
    if not (url and secrets):
        return None
    return Alert(
        url=url,
        secret_names=secrets,
        on=kinds or _DEFAULT.on,
        queues=_names(table, "queues", queue_names),
        sources=_names(table, "sources", [source.name for source in sources]),
        dead_letters=table.read("dead_letters", _COUNT, _DEFAULT.dead_letters),
        rejected_share=table.read("rejected_share", _share, _DEFAULT.rejected_share),
        oldest_age=table.read("oldest_age", _AGE, _DEFAULT.oldest_age),
        silent_for=table.read("silent_for", _SILENCE, _DEFAULT.silent_for),
        after=table.read("after", _AFTER, _DEFAULT.after),
        allow_private=allow_private,
    )


def _names(table: Table, key: str, known: Collection[str]) -> tuple[str, ...]:
    if not table.has(key):
        return ()
    place = table.at(key)
    items = read_list(place, table.values[key], "names")
    names = [read(place.at(index), one_of(known), item, None) for index, item in enumerate(items)]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise UnusableError("must be a number above 0 and up to 1, such as 0.2 for one in five")
    return float(value)
