"""Every error code is documented, used and means what it says; every class is in the tree."""

from __future__ import annotations

import ast
import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hookline
from hookline import error_codes, errors
from hookline.cli import error_codes as command_codes
from hookline.errors import Complaint, ConfigError, HooklineError, PatternError, Rejected, UnavailableError
from hookline.infra import error_codes as deployment_codes
from syntax_trees import trees_in

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = Path(hookline.__file__).parent
REGISTRIES = (error_codes.CODES, deployment_codes.CODES, command_codes.CODES)
CODES = dict(chain.from_iterable(registry.items() for registry in REGISTRIES))
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
ROW = re.compile(
    r"\| `(?P<code>[a-z_]+)` \| (?P<status>\d{3}|none) \| (?P<title>[^|]+) \| (?P<when>[^|]+) \| (?P<remedy>[^|]+) \|"
)
CLASSES = {
    name: thing for name, thing in vars(errors).items() if isinstance(thing, type) and issubclass(thing, HooklineError)
}
REGISTRY_OF = {
    **dict.fromkeys(["Rejected", "UnavailableError", "OperatorError", "DataDirectoryError"], error_codes.CODES),
    "DeploymentError": deployment_codes.CODES,
}
"""The codes that an error of each class may carry, by the classes whose first argument is a code."""

PUBLIC = {name: thing for name, thing in CLASSES.items() if not name.startswith("_")}


def documented() -> dict[str, re.Match[str]]:
    """The rows of the reference, by code."""
    return {row["code"]: row for row in ROW.finditer(REFERENCE.read_text())}


def name_of(called: ast.expr) -> str:
    """The last part of what is called."""
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


def literal_codes(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The codes that are written out where errors are made, each with the class of the error."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (made := name_of(node.func)) in REGISTRY_OF:
            for argument in ast.walk(node.args[0]):
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield made, argument.value


def words(tree: ast.Module) -> set[str]:
    """Every text constant but those of a registry itself."""
    registries = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "CODES"
    ]
    left_out = {id(inside) for registry in registries if registry.value for inside in ast.walk(registry.value)}
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out
    }


def parent(error: type[HooklineError]) -> str | None:
    """The nearest public class above, None for the root."""
    return next((above.__name__ for above in error.__mro__[1:] if above.__name__ in PUBLIC), None)


def test_no_code_means_two_things() -> None:
    """Programs and pages know a code by its name, whichever part of hookline reports it."""
    assert len(CODES) == sum(map(len, REGISTRIES))


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    """A sender that gets a code and cannot look it up has to ask the maintainers."""
    assert list(documented()) == list(CODES)
    assert len(re.findall(r"^\| `[a-z]", REFERENCE.read_text(), re.MULTILINE)) == len(CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_reference_says_what_the_answer_says(code: str) -> None:
    """Senders get the status, the title and the remedy: the page must say the same."""
    row, meaning = documented()[code], CODES[code]

    assert row["status"] == str(meaning.status or "none")
    assert row["title"] == meaning.title
    assert row["remedy"] == meaning.remedy
    assert len(row["when"]) > 20


def test_every_code_that_is_raised_exists() -> None:
    """A mistyped code is a KeyError in the middle of an answer."""
    raised = {found for _, tree in trees_in(SOURCES) for found in literal_codes(tree)}

    assert {made for made, _ in raised} == REGISTRY_OF.keys()
    assert {(made, code) for made, code in raised if code not in REGISTRY_OF[made]} == set()


def test_every_code_is_used() -> None:
    """A code that nothing raises promises something that never happens."""
    written = set().union(*(words(tree) for _, tree in trees_in(SOURCES)))

    assert set(CODES) - written == set()


def test_a_mistyped_code_would_be_found() -> None:
    """A check that cannot fail would guard nothing."""
    tree = ast.parse('raise errors.Rejected("signature_mising" if a else "body_not_json", "no")')

    assert set(literal_codes(tree)) == {("Rejected", "signature_mising"), ("Rejected", "body_not_json")}


@pytest.mark.parametrize("code", CODES)
def test_codes_are_stable_words_with_a_fitting_status(code: str) -> None:
    """Programs read the code, people read the title, and HTTP clients decide by the status whether to come again."""
    meaning = CODES[code]

    assert re.fullmatch(r"[a-z]+(?:_[a-z]+)*", code)
    assert meaning.status is None or 400 <= meaning.status < 500 or meaning.status in (501, 503, 505)
    assert meaning.title[0].isupper() or meaning.title.startswith("hookline")
    assert not meaning.title.endswith(".")
    assert meaning.remedy.endswith(".")


def test_the_tree_names_every_class_under_its_parent() -> None:
    """The drawing is what people read first: a class that is missing there is missing in their heads."""
    tree = (errors.__doc__ or "").split("::", 1)[1]
    drawn: dict[str, str | None] = {}
    path: list[str] = []
    for line in tree.splitlines():
        if found := re.match(r"    ((?:[│├└─ ]{4})*)([A-Z]\w+)", line):
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            drawn[found[2]] = path[depth - 1] if depth else None

    assert drawn == {name: parent(thing) for name, thing in PUBLIC.items()}


@pytest.mark.parametrize("name", PUBLIC)
def test_names_say_whose_fault_it_is(name: str) -> None:
    """Names end in Error, or say Rejected; all are exported."""
    assert name.endswith("Error") or name == "Rejected"
    assert name in errors.__all__


def test_every_exception_of_the_package_is_in_the_tree_or_stays_inside() -> None:
    """Elsewhere an exception is a module's own signal to its callers; only a class with its own registry of codes is outside the tree."""
    for path, tree in trees_in(SOURCES):
        bases = {
            base.id
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            for base in node.bases
            if isinstance(base, ast.Name)
        }
        own = path.parent == SOURCES or path.name == "error_codes.py"
        assert own or not bases & {"HooklineError", "Rejected", "UnavailableError", "OperatorError"}, path


def test_an_error_carries_its_code_its_sentence_and_its_remedy() -> None:
    """Answers, logs and the command line all consist of these."""
    complaint = Complaint(where="/amount", why="is missing")
    refused = Rejected("schema_mismatch", "the body does not fit", complaints=[complaint])

    assert (refused.code, refused.detail, str(refused)) == (
        "schema_mismatch",
        "the body does not fit",
        "the body does not fit",
    )
    assert (refused.title, refused.remedy) == (CODES["schema_mismatch"].title, CODES["schema_mismatch"].remedy)
    assert refused.status == 400
    assert refused.complaints == (complaint,)
    assert Rejected("body_not_json", "no").complaints == ()


def test_unavailable_says_when_to_come_again() -> None:
    """A 503 without Retry-After is repeated immediately, by everybody."""
    assert UnavailableError("overloaded", "too much").status == 503
    assert UnavailableError("overloaded", "too much").retry_after == 5
    assert UnavailableError("overloaded", "too much", retry_after=1).retry_after == 1


def test_complaints_are_reported_one_to_a_line() -> None:
    """The whole list is the message: a reader of only the message can fix everything."""
    complaints = [Complaint(where="sources.a", why="has no verify"), Complaint(where="", why="is empty")]

    for error in (ConfigError(complaints), PatternError(complaints)):
        assert str(error) == "sources.a: has no verify\nis empty"
        assert error.complaints == tuple(complaints)
