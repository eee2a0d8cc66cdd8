"""A source's JSON schema: checks valid bodies fast, and reports what is wrong with invalid ones, up to a limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING

import jsonschema_rs
import orjson

from hookline.config.decimals import KEYWORDS, decimals
from hookline.config.schema_numbers import unheld_number
from hookline.config.schema_slips import slip
from hookline.config.units import UnusableError, shown
from hookline.errors import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hookline.config.decimals import Decimals
    from hookline.domain.event import Json

__all__ = ["Schema", "compile_schema", "read_schema"]

_Kind = jsonschema_rs.ValidationErrorKind
_MOST_COMPLAINTS = 50
_TOO_LARGE = (Complaint(where="", why="does not match, and is too large or too deep to say where"),)
_LONGEST_MESSAGE = 200
_LONGEST_POINTER = 200
_MOST_VALUES, _CHARACTERS_A_VALUE, _MOST_LEVELS = 500, 64, 8
"""For documents up to this size all complaints are listed; a long text counts as several values. The validator creates all errors
together, each with a copy of the value and, for anyOf and oneOf, of every branch's errors. For a document of a megabyte, or one as deep
as a recursive schema allows, that would take seconds in which nothing else is answered.
"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Schema:
    """Validates parsed bodies. ``name`` is the file's name in hookline.toml, ``document`` its content.

    ``branches`` is whether it contains anyOf or oneOf, so that even the first error may be expensive. Where the schema has decimals,
    ``exact`` checks their characters in the body, and ``validator`` checks everything else.
    """

    name: str
    document: Json = field(repr=False)
    validator: jsonschema_rs.Validator = field(repr=False)
    branches: bool
    exact: Exact | None = field(default=None, repr=False)

    def complaints(self, document: Json, body: bytes | None = None) -> tuple[Complaint, ...]:
        """What is wrong with ``document``, which is ``body`` parsed; empty when it is valid. Never raises.

        Without the body, every fraction is refused where the schema asks for a decimal, because only its characters could prove it.
        Documents of ordinary size get at most 50 complaints of at most 200 characters; larger ones get only the first complaint, or only
        the result.
        """
        exact = self.exact
        try:
            if exact is None:
                return () if self.validator.is_valid(document) else self._listed(self.validator, document)
            if body is not None:
                if exact.are_plain(body) and self.validator.is_valid(document):
                    return ()
                document = exact.decimals.as_written(body)
            return () if exact.validator.is_valid(document) else self._listed(exact.validator, document)
        except (ValueError, RecursionError):  # the error is nested too deeply for the validator to copy it
            return _TOO_LARGE

    def _listed(self, validator: jsonschema_rs.Validator, document: Json) -> tuple[Complaint, ...]:
        errors = self._errors(validator, document)
        return tuple(_complaint(error) for error in islice(errors, _MOST_COMPLAINTS)) or _TOO_LARGE

    def _errors(self, validator: jsonschema_rs.Validator, document: Json) -> Iterable[jsonschema_rs.ValidationError]:
        if _is_small(document):
            return validator.iter_errors(document)
        return () if self.branches else _first_error(validator, document)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Exact:
    """Validates bodies by their decimals as they are written."""

    decimals: Decimals
    validator: jsonschema_rs.Validator

    def are_plain(self, body: bytes) -> bool:
        """Whether every number of ``body`` that the schema calls a decimal is certainly written as one; False in doubt."""
        other_number, escape = self.decimals.other_number, self.decimals.escape
        if other_number is None or (b"\\" in body and escape in body):  # a single byte is found much faster
            return False
        return other_number.search(body) is None


def read_schema(base: Path, name: str) -> Schema:
    """The compiled schema in the file ``name`` under ``base``. Raises UnusableError."""
    if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
        raise UnusableError(
            "must be a file in the folder of hookline.toml or in a subfolder, so that the folder can be moved as a whole"
        )
    try:
        content = (base / name).read_bytes()
    except OSError as error:
        raise UnusableError(f"the file {shown(name)} cannot be read: {error.strerror}") from None
    try:
        document: Json = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnusableError(
            f"the file {shown(name)} is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None
    if (number := unheld_number(content)) is not None:
        raise UnusableError(
            f"the file {shown(name)} has a number that cannot be stored exactly ({number}): "
            "integers have at most 64 bits, fractions at most the precision of a double"
        )
    return compile_schema(name, document)


def compile_schema(name: str, document: Json) -> Schema:
    """The compiled schema. It may refer to itself and to the drafts' own meta-schemas, and to nothing else.

    Patterns run on an engine whose time depends only on the length of the text (no look-around, no back-references), so that no body can
    make a pattern run for long. ``format`` is checked, with ``"decimal"`` as an additional format. Raises UnusableError.
    """
    if not isinstance(document, dict | bool):
        raise UnusableError(f"the file {shown(name)} is not a JSON schema: a schema is an object, true or false")
    validator, exact = _validator(name, document), None
    if (found := decimals(document)) is not None:
        validator = _validator(name, found.parsed)
        exact = Exact(decimals=found, validator=_validator(name, found.written, KEYWORDS))
    if (why := slip(document)) is not None:
        raise UnusableError(f"the file {shown(name)} has a mistake: {why}")
    return Schema(name=name, document=document, validator=validator, branches=_branches(document), exact=exact)


def _validator(
    name: str, document: Json, keywords: Mapping[str, type[jsonschema_rs.KeywordValidator]] | None = None
) -> jsonschema_rs.Validator:
    try:
        return jsonschema_rs.validator_for(
            document,  # type: ignore[arg-type]  # an object or a boolean: checked above
            validate_formats=True,
            offline=True,  # without it a $ref reads files and opens connections
            mask="the value",
            pattern_options=jsonschema_rs.RegexOptions(),
            keywords=dict(keywords or {}),
        )
    except jsonschema_rs.ValidationError as error:
        raise UnusableError(f"the file {shown(name)} is not a JSON schema: {_fault(error)}") from None
    except ValueError as error:
        raise UnusableError(f"the file {shown(name)} is not a JSON schema: {_short(str(error), 200)}") from None


def _first_error(validator: jsonschema_rs.Validator, document: Json) -> Iterator[jsonschema_rs.ValidationError]:
    try:
        validator.validate(document)
    except jsonschema_rs.ValidationError as error:
        yield error


def _fault(error: jsonschema_rs.ValidationError) -> str:
    """What is wrong with a schema, and where in its file."""
    where = _pointer(error.instance_path)
    message = _short(error.message, _LONGEST_MESSAGE)
    if message.endswith('is not a "regex"'):
        message = (
            "the pattern is not a supported regular expression (look-around and back-references are not supported)"
        )
    return f"{where}: {message}" if where else message


def _complaint(error: jsonschema_rs.ValidationError) -> Complaint:
    return Complaint(
        where=_short(_pointer(error.instance_path), _LONGEST_POINTER), why=_short(_why(error), _LONGEST_MESSAGE)
    )


def _why(error: jsonschema_rs.ValidationError) -> str:
    """The validator's sentence, or hookline's where the validator's would not say what to fix."""
    match error.kind:
        case _Kind.AnyOf(context=branches) | _Kind.OneOfNotValid(context=branches):
            return f"one of these must be fixed: {' | '.join(_branch(branch) for branch in branches)}"
        case _Kind.FalseSchema():
            return "no value is allowed here"
    return error.message


def _branch(errors: list[jsonschema_rs.ValidationError]) -> str:
    return ", ".join(error.message for error in errors)


def _pointer(path: Iterable[str | int]) -> str:
    """The path as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _short(message: str, longest: int) -> str:
    return message if len(message) <= longest else f"{message[: longest - 1]}…"


def _is_small(document: Json) -> bool:
    """Whether the document has few enough values to list everything that is wrong with it."""
    room = _MOST_VALUES
    level: list[Json] = [document]
    for _ in range(_MOST_LEVELS):
        room -= sum(len(value) // _CHARACTERS_A_VALUE for value in level if isinstance(value, str))
        inner = [value for value in level if isinstance(value, dict | list)]
        room -= sum(map(len, inner))
        if room < 0:
            return False
        level = [item for value in inner for item in (value.values() if isinstance(value, dict) else value)]
    return not level


def _branches(schema: Json) -> bool:
    """Whether anyOf or oneOf is anywhere in the schema, or a reference to another document (the drafts' meta-schemas contain both)."""
    waiting: list[object] = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "anyOf" in value or "oneOf" in value or not str(value.get("$ref", "#")).startswith("#"):
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False
