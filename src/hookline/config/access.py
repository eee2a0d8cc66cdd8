"""``[[access]]``: the access keys of callers of the admin port."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.config.keys import KEYS
from hookline.config.reader import hint, read, read_list, read_table
from hookline.config.secret_names import secret_name
from hookline.config.units import UnusableError, shown
from hookline.domain.access import EVERY_QUEUE, AccessKey, Right

if TYPE_CHECKING:
    from collections.abc import Collection

    from hookline.config.reader import Place, Table

__all__ = ["access_complaint", "read_access"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,127}")
_ID_RULE = "must be 3 to 128 characters of A-Z, a-z, 0-9, dot, _ and -, and begin with a letter or a digit"
_RIGHTS = {right.value: right for right in Right}
_SHORTEST_SECRET = 16  # bytes
_USABLE_SECRET = re.compile(rb"[\x21-\x7e]+")


def read_access(place: Place, value: object, queue_names: Collection[str]) -> tuple[AccessKey, ...]:
    """Every usable key, in the order of the file. ``queue_names`` contains each queue and each dead-letter queue."""
    if not isinstance(value, list):
        place.complain("must be a list of tables: write [[access]] above each")
        return ()
    keys: dict[str, AccessKey] = {}
    for index, written in enumerate(value):
        inner = place.at(index)
        key = _key(read_table(inner, written, KEYS["access"]), written, queue_names)
        if key is None:
            continue
        if key.id in keys:
            inner.at("id").complain(f"another [[access]] already has the id {key.id}")
        keys.setdefault(key.id, key)
    return tuple(keys.values())


def access_complaint(value: bytes | None) -> str | None:
    """What is wrong with the value of an access key's secret, or None. The reason does not repeat the value."""
    if not value:
        return "is missing"
    if not _USABLE_SECRET.fullmatch(value):
        return "contains a space, or a character that is not ASCII: HTTP clients would change it"
    if len(value) < _SHORTEST_SECRET:
        return f"has {len(value)} bytes; at least {_SHORTEST_SECRET} are needed"
    return None


def _key(table: Table, written: object, queue_names: Collection[str]) -> AccessKey | None:
    if not isinstance(written, dict):
        return None
    key_id = _required(table, "id", 'name the key, such as id = "payments-consumer"')
    secret = _required(table, "secret", 'name the variable that holds the secret, such as secret = "CONSUMER_SECRET"')
    found_id = key_id and table.read("id", _id, None)
    found_secret = secret and table.read("secret", secret_name, None)
    rights = _rights(table)
    queues = _queues(table, queue_names)
    if not (found_id and found_secret and rights and queues):
        return None
    return AccessKey(id=found_id, secret_name=found_secret, rights=rights, queues=queues)


def _required(table: Table, key: str, advice: str) -> bool:
    if not table.has(key):
        table.at(key).complain(advice)
    return table.has(key)


def _id(value: object) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise UnusableError(_ID_RULE)
    return value


def _rights(table: Table) -> frozenset[Right]:
    if not _required(table, "rights", 'write what the key may do: a list of "view", "consume" and "operate"'):
        return frozenset()
    place = table.at("rights")
    items = read_list(place, table.values["rights"], '"view", "consume" and "operate"')
    found = [read(place.at(index), _right, item, None) for index, item in enumerate(items)]
    return frozenset(right for right in found if right is not None)


def _right(value: object) -> Right:
    if not isinstance(value, str) or value not in _RIGHTS:
        raise UnusableError(f"there is no right {shown(value)}{hint(value, _RIGHTS)}")
    return _RIGHTS[value]


def _queues(table: Table, queue_names: Collection[str]) -> frozenset[str]:
    if not _required(table, "queues", 'write which queues the key may use, or queues = ["*"] for every queue'):
        return frozenset()
    place = table.at("queues")
    items = read_list(place, table.values["queues"], 'names of queues, or "*" for every queue')

    def declared(value: object) -> str:
        if isinstance(value, str) and (value == EVERY_QUEUE or value in queue_names):
            return value
        raise UnusableError(f"there is no queue {shown(value)}{hint(value, queue_names)}")

    found = [read(place.at(index), declared, item, None) for index, item in enumerate(items)]
    return frozenset(name for name in found if name is not None)
