"""``@record``: a class that is only fields, frozen, slotted and keyword-only; and ``maker``, for records that each request needs."""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, dataclass_transform  # Any: a field holds a value of any type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field

__all__ = ["maker", "record"]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make the class a dataclass with ``frozen=True, slots=True, kw_only=True``, in a third of the time.

    ``dataclass`` compiles six methods of each class, and a cold start on Lambda makes about sixty records. For a record only ``__init__``
    is compiled. ``fields``, ``replace`` and ``asdict`` accept a record like any dataclass. A field with ``init=False`` has no
    default: ``__post_init__`` sets it.
    """
    made = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(cls)
    for name, method in _methods(made, fields(made)).items():  # type: ignore[arg-type]  # dataclass() types its class as any other
        if made.__dict__.get(name) is None:  # a method that the class defines is kept
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


def maker(cls: Callable[P, T]) -> Callable[P, T]:
    """A function that makes the same object as ``cls(...)`` in a third of the time; ``cls`` is a record or a slotted dataclass.

    Calling a class puts the arguments into a dictionary first, and a frozen class guards each of its fields. The function sets the
    fields of an object of a class with the same slots and no guard, which then gets its own class.
    """
    known: tuple[Field[Any], ...] = fields(cls)  # type: ignore[arg-type]  # a class, as its docstring asks for
    if hasattr(cls, "__post_init__"):
        raise TypeError(f"{cls} has a __post_init__, which the function of maker() would not call")
    scope = {"_cls": cls, "_Open": type("Open", (), {"__slots__": tuple(each.name for each in known)})}
    parameters, values = _arguments(known, scope)
    steps = ["self = _Open()", *(f"self.{name} = {value}" for name, value in values.items()), "self.__class__ = _cls"]
    made: Callable[P, T] = _compiled("make", parameters, [*steps, "return self"], scope)
    return made


def _initializer(cls: type, known: tuple[Field[Any], ...]) -> object:
    """``__init__``, compiled: it runs for each request, and sets each slot without a look-up."""
    scope: dict[str, Any] = {f"_set_{each.name}": getattr(cls, each.name).__set__ for each in known}
    parameters, values = _arguments(known, scope)
    steps = [f"_set_{name}(self, {value})" for name, value in values.items()]
    if hasattr(cls, "__post_init__"):
        steps.append("self.__post_init__()")
    made = _compiled("__init__", ["self", *parameters], steps or ["pass"], scope)
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _arguments(known: tuple[Field[Any], ...], scope: dict[str, Any]) -> tuple[list[str], Mapping[str, str]]:
    """The parameters in source form, and the expression of each field's value; the names that they use are added to ``scope``."""
    parameters, values = [], {}
    scope["MISSING"] = MISSING
    for each in known:
        name = value = parameter = each.name
        scope[f"_default_{name}"] = each.default
        scope[f"_make_{name}"] = each.default_factory
        if each.default_factory is not MISSING:
            parameter, value = f"{name}=MISSING", f"_make_{name}() if {name} is MISSING else {name}"
        elif each.default is not MISSING:
            parameter = f"{name}=_default_{name}"
        if each.init:
            parameters.append(parameter)
            values[name] = value
    return ["*", *parameters] if parameters else [], values


def _compiled(name: str, parameters: list[str], steps: list[str], scope: dict[str, Any]) -> Any:
    exec(f"def {name}({', '.join(parameters)}):\n " + "\n ".join(steps), scope)  # noqa: S102 -- names of fields, as dataclass does it
    return scope[name]


def _refuse_assignment(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _restore(self: object, state: tuple[None, dict[str, object]]) -> None:
    """Set the slots from what pickle and copy saved: ``(None, slots)``, since a record has no ``__dict__``."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)
