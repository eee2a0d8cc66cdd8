"""``@record``: a class that is only fields, frozen, slotted and keyword-only."""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform  # Any: a field holds a value of any type

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = ["record"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """The class as ``dataclass(frozen=True, slots=True, kw_only=True)`` makes it, in a third of the time.

    ``dataclass`` compiles six methods of each class, and a cold start on Lambda makes some sixty records. Of a record only ``__init__``
    is compiled. ``fields``, ``replace`` and ``asdict`` take a record as they take any dataclass. A field with ``init=False`` has no
    default: ``__post_init__`` sets it.
    """
    made = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(cls)
    for name, method in _methods(made, fields(made)).items():  # type: ignore[arg-type]  # dataclass() types its class as any other
        if made.__dict__.get(name) is None:  # a method that the class has itself stays
            setattr(made, name, method)
    return made


def _methods(cls: type, known: tuple[Field[Any], ...]) -> dict[str, object]:
    values = attrgetter(*([each.name for each in known if each.compare] or ["__class__"]))
    shown = [each.name for each in known if each.repr]

    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def text(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return {
        "__init__": _initializer(cls, known),
        "__eq__": equal,
        "__hash__": lambda self: hash(values(self)),
        "__repr__": text,
        "__setattr__": _refuse_assignment,
        "__delattr__": _refuse_deletion,
        "__setstate__": _restore,
    }


def _initializer(cls: type, known: tuple[Field[Any], ...]) -> object:
    """``__init__``, compiled: it runs for each request, and sets each slot without a look-up."""
    scope: dict[str, Any] = {"MISSING": MISSING}
    parameters, steps = [], []
    for each in known:
        name = value = parameter = each.name
        scope[f"_set_{name}"] = getattr(cls, name).__set__
        scope[f"_default_{name}"] = each.default
        scope[f"_make_{name}"] = each.default_factory
        if each.default_factory is not MISSING:
            parameter, value = f"{name}=MISSING", f"_make_{name}() if {name} is MISSING else {name}"
        elif each.default is not MISSING:
            parameter = f"{name}=_default_{name}"
        if each.init:
            parameters.append(parameter)
            steps.append(f"_set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        steps.append("self.__post_init__()")
    names = ", ".join(["self", "*", *parameters] if parameters else ["self"])
    exec(f"def __init__({names}):\n " + "\n ".join(steps or ["pass"]), scope)  # noqa: S102 -- names of fields, as dataclass does it
    scope["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    return scope["__init__"]


def _refuse_assignment(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _restore(self: object, state: tuple[None, dict[str, object]]) -> None:
    """What pickle and copy kept: a dictionary of the object's own, which it has not, and its slots."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)
