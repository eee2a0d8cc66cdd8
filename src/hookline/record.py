"""``@record``: a class that is only fields, frozen, slotted and keyword-only."""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform  # Any: a field holds a value of any type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from dataclasses import Field

__all__ = ["record"]

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """The class as ``dataclass(frozen=True, slots=True, kw_only=True)`` makes it, in a third of the time.

    ``dataclass`` compiles six methods of each class, and a cold start on Lambda makes some sixty records. Of a record only ``__init__``
    is compiled at once. ``fields``, ``replace`` and ``asdict`` take a record as they take any dataclass.
    """
    made = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=True)(cls)
    known: Sequence[Field[Any]] = fields(made)  # type: ignore[arg-type]  # dataclass() types its class as any other
    compared = [each.name for each in known if each.compare]
    methods: dict[str, object] = {
        "__init__": _initializer(made, known),
        "__repr__": _representation([each.name for each in known if each.repr]),
        "__eq__": _compiled_when_used(made, "__eq__", "self, other", _equality(compared)),
        "__hash__": _compiled_when_used(made, "__hash__", "self", f"return hash({_tuple('self', compared)})"),
        "__setattr__": _refuse_assignment,
        "__delattr__": _refuse_deletion,
        "__getstate__": _state,
        "__setstate__": _restore,
    }
    for name, method in methods.items():
        if made.__dict__.get(name) is None:  # a method that the class has itself stays
            setattr(made, name, method)
    return made


def _initializer(cls: type, known: Sequence[Field[Any]]) -> object:
    """``__init__``, compiled: it runs for each request, and sets each slot without a look-up."""
    scope: dict[str, object] = {"MISSING": MISSING}
    for each in known:
        scope[f"_set_{each.name}"] = getattr(cls, each.name).__set__
        scope[f"_default_{each.name}"] = each.default
        scope[f"_make_{each.name}"] = each.default_factory
    parameters = [_parameter(each) for each in known if each.init]
    steps = [f"_set_{each.name}(self, {_value(each)})" for each in known if each.init or _has_default(each)]
    if hasattr(cls, "__post_init__"):
        steps.append("self.__post_init__()")
    names = ["self", "*", *parameters] if parameters else ["self"]
    return _compiled(cls, "__init__", ", ".join(names), "\n ".join(steps or ["pass"]), scope)


def _has_default(known: Field[Any]) -> bool:
    return known.default is not MISSING or known.default_factory is not MISSING


def _parameter(known: Field[Any]) -> str:
    if known.default_factory is not MISSING:
        return f"{known.name}=MISSING"
    return known.name if known.default is MISSING else f"{known.name}=_default_{known.name}"


def _value(known: Field[Any]) -> str:
    if known.default_factory is MISSING:
        return known.name if known.init else f"_default_{known.name}"
    made = f"_make_{known.name}()"
    return f"{made} if {known.name} is MISSING else {known.name}" if known.init else made


def _equality(names: Sequence[str]) -> str:
    same = f"{_tuple('self', names)} == {_tuple('other', names)}"
    return f"return {same} if other.__class__ is self.__class__ else NotImplemented"


def _tuple(owner: str, names: Sequence[str]) -> str:
    return f"({''.join(f'{owner}.{name},' for name in names)})"


def _compiled_when_used(cls: type, name: str, parameters: str, body: str) -> object:
    """The method, compiled at its first call: most records are never compared, and no cold start has to wait for it."""

    def first(*arguments: object) -> object:
        method: Any = _compiled(cls, name, parameters, body, {})
        setattr(cls, name, method)
        return method(*arguments)

    return first


def _compiled(cls: type, name: str, parameters: str, body: str, scope: dict[str, object]) -> object:
    exec(f"def {name}({parameters}):\n {body}", scope)  # noqa: S102 -- made of the names of fields, as dataclass does it
    method: Any = scope[name]
    method.__qualname__ = f"{cls.__qualname__}.{name}"
    return method


def _representation(names: Sequence[str]) -> object:
    def __repr__(self: object) -> str:  # noqa: N807 -- it becomes that method
        held = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({held})"

    return __repr__


def _refuse_assignment(_self: object, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, state: Sequence[object]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)
