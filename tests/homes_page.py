"""The tables of docs/reference/homes.md, from the code of both homes. ``python -m homes_page`` writes them again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from acceptance.homes.differences import DIFFERENCES
from acceptance.homes.promises import PROMISES
from hookline.cli import main
from hookline.cli.homes import HomeOption
from hookline.config.keys import KEYS
from hookline.infra.homes import DIFFERENT, NOT_EMBEDDED, NOT_ON_AWS, TAKEN_ON_AWS
from hookline.infra.settings import KEYS as STACK_KEYS
from hookline.ports.metric_table import METRICS
from hookline.runtimes.commands_by_home import DIFFERENT as COMMANDS_DIFFER
from hookline.runtimes.commands_by_home import ROOM_EMBEDDED, ROOM_ON_AWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hookline.ports.metric_table import MetricRow

__all__ = [
    "CARRIERS",
    "PAGE",
    "Row",
    "command_rows",
    "commands",
    "metric_rows",
    "rewritten",
    "room_rows",
    "setting_rows",
    "tables",
]

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "homes.md"
BEGIN = "<!-- {}: made from the code by `make homes` -->"
END = "<!-- end of {} -->"

CARRIERS = frozenset(
    {"--target", "--data-dir", "--url", "--access-key", "--access-secret", "--config", "--env-file", "--env", "--json"}
)
"""Options that say where something is, or how it is printed. A command has them as its homes need them."""


class Row(NamedTuple):
    """What there is, whether each home has it, and the reason or the difference."""

    name: str
    embedded: bool
    aws: bool
    said: str


def commands(group: click.Group = main, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its words behind ``hookline``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def command_rows() -> Iterator[Row]:
    """Commands, each followed by its options that only one home has."""
    for words, command in commands():
        refusals = {one.home: one.why for one in command.params if isinstance(one, HomeOption) and one.hidden}
        embedded, aws = "aws" not in refusals, "embedded" not in refusals
        options = {name for one in command.params for name in one.opts}
        without = COMMANDS_DIFFER.get(words, "") if options & {"--target", "--data-dir"} else "needs no home"
        said = next(iter(refusals.values()), without)
        yield Row(f"`{words}`", embedded, aws, said)
        for one in command.params:
            if isinstance(one, HomeOption) and not one.hidden:
                yield Row(f"`{words} {one.opts[0]}`", one.home == "embedded", one.home == "aws", one.why)


def setting_rows() -> Iterator[Row]:
    """Keys of hookline.toml. Those of a table that AWS does not use are one row."""
    for table, keys in KEYS.items():
        if table == "":
            continue
        own = {key: f"{table}.{key}" for key in sorted(keys)}
        if table in NOT_ON_AWS:
            taken = {key for key, name in own.items() if name in TAKEN_ON_AWS}
            yield Row(f"`[{table}]`" + (" but for the next rows" if taken else ""), True, False, NOT_ON_AWS[table])
            own = {key: own[key] for key in sorted(taken)}
        for key, name in own.items():
            why = NOT_ON_AWS.get(name)
            yield Row(f"`[{table}]` `{key}`", True, why is None, why or DIFFERENT.get(name, ""))


def metric_rows() -> Iterator[Row]:
    """Metrics by the name in Prometheus; on AWS hookline's own, or one of a service."""
    for row in METRICS:
        yield Row(f"`{row.name}`", row.embedded, bool(_on_aws(row)), row.why or _on_aws(row))


def room_rows() -> Iterator[Row]:
    """Parts of the control room that only one home has."""
    for parts, embedded in ((ROOM_EMBEDDED, True), (ROOM_ON_AWS, False)):
        for shown, why in parts.values():
            yield Row(shown, embedded, not embedded, why)


def tables() -> Mapping[str, str]:
    """Each table by its name."""
    stack = (Row(f"`hookline:{key}`", embedded=False, aws=True, said=NOT_EMBEDDED[key]) for key in STACK_KEYS)
    return {
        "promises": _table(
            ("promise", "embedded", "AWS", "tried by", "difference"),
            ((one.what, "yes", "yes", _tests(one.embedded, one.aws), one.differs) for one in PROMISES),
        ),
        "commands": _yes_or_no("command or option", command_rows()),
        "control room": _yes_or_no("part", room_rows()),
        "settings": _yes_or_no("key", setting_rows()),
        "stack settings": _yes_or_no("key", stack),
        "metrics": _yes_or_no("metric", metric_rows(), last="on AWS, or why one home has it not"),
        "differences": _table(
            ("call", "embedded", "AWS", "because"),
            ((one.what, one.embedded, one.aws, one.why) for one in DIFFERENCES.values()),
        ),
    }


def rewritten(text: str) -> str:
    """The page with the current tables."""
    for name, table in tables().items():
        begin, end = BEGIN.format(name), END.format(name)
        before, rest = text.split(begin)
        text = f"{before}{begin}\n\n{table}\n{end}{rest.split(end)[1]}"
    return text


def _tests(*names: str) -> str:
    return ", ".join(f"`{file}`" for file in dict.fromkeys(name.partition("::")[0] for name in names))


def _on_aws(row: MetricRow) -> str:
    if row.metric is not None:
        return f"`{row.metric.value}`"
    return row.service and "{} `{}`".format(*row.service.split(" "))


def _yes_or_no(what: str, rows: Iterable[Row], last: str = "reason or difference") -> str:
    words = {True: "yes", False: "**no**"}
    return _table(
        (what, "embedded", "AWS", last), ((one.name, words[one.embedded], words[one.aws], one.said) for one in rows)
    )


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join("| " + " | ".join(re.sub(r"\|", r"\\|", cell) for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text()))
