"""What each module offers is written down, sorted, true and explained."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import hookline
from syntax_trees import trees_in

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(hookline.__file__).parent


def dotted(path: Path) -> str:
    """The module's name."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def trees() -> dict[str, ast.Module]:
    """Every module by its name."""
    return {dotted(path): tree for path, tree in trees_in(PACKAGE)}


def exports(tree: ast.Module) -> list[str]:
    """The names that ``__all__`` lists; none where the module has no ``__all__``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            value = ast.literal_eval(node.value)
            assert isinstance(value, list)
            return value
    return []


def all_exports() -> dict[str, list[str]]:
    """What each module exports."""
    return {module: exports(tree) for module, tree in trees().items()}


def imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Every name that is imported from a module of hookline, with that module, wherever the import is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE.name:
            for alias in node.names:
                yield node.module or "", alias.name


def order(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then functions: the order of names that ruff keeps in ``__all__`` (RUF022)."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name


def unexplained(tree: ast.Module) -> list[str]:
    """Exported classes and functions without a docstring."""
    definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = {node.name: ast.get_docstring(node) for node in tree.body if isinstance(node, definitions)}
    return [name for name in exports(tree) if name in found and found[name] is None]


def test_every_module_says_what_it_is_for() -> None:
    """A file that cannot say so in a sentence is an idea that is not clear yet."""
    first_lines = {module: (ast.get_docstring(tree) or "").partition("\n")[0] for module, tree in trees().items()}

    assert [module for module, line in first_lines.items() if not line.endswith((".", ":", "?"))] == []


def test_exports_are_sorted_and_true() -> None:
    """A reader sees at the head of a module what may be used from outside, and finds it there."""
    wrong = {
        module: names
        for module, names in all_exports().items()
        if names != sorted(set(names), key=order)
        or not all(hasattr(importlib.import_module(module), name) for name in names)
        or any(name.startswith("_") and name != "__version__" for name in names)
    }

    assert wrong == {}


def test_every_exported_class_and_function_has_a_docstring() -> None:
    """Its first line is the promise to a caller, who should not have to read the code."""
    assert {module: names for module, tree in trees().items() if (names := unexplained(tree))} == {}


def test_nothing_is_imported_that_its_module_does_not_export() -> None:
    """A name that is not exported may change without a look at its users."""
    exported = all_exports()
    hidden = [
        (module, origin, name)
        for module, tree in trees().items()
        for origin, name in imports(tree)
        if f"{origin}.{name}" not in exported and name not in exported[origin]
    ]

    assert hidden == []


def test_the_names_that_users_import_stay() -> None:
    """``hookline.testing`` is imported by the tests of users: a name that is removed breaks them."""
    assert all_exports()["hookline.testing"] == ["Answer", "MemoryHome", "signed_request"]
