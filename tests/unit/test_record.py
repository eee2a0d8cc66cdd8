"""``@record`` beside the dataclass that it stands for: the same behaviour, made in less time."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from typing import Any  # Any: each class is tried as a record and as a dataclass

import pytest

from hookline.record import record


class Plain:
    """Fields with and without defaults."""

    name: str
    size: int = 1
    tags: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False)
    body: bytes = field(default=b"", repr=False)


class Prepared:
    """A field that is computed."""

    name: str
    upper: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "upper", self.name.upper())


class Quiet:
    """A secret with its own representation."""

    value: str

    def __repr__(self) -> str:
        return "Quiet()"


Frozen: Any = dataclass(frozen=True, slots=True, kw_only=True)


def copied(cls: type) -> type:
    """The class once more: each decorator needs one that no other has worked on."""
    return type(cls.__name__, (), {k: v for k, v in vars(cls).items() if k not in {"__dict__", "__weakref__"}})


def both(cls: type) -> tuple[Any, Any]:
    """The class as a record and as a dataclass."""
    return record(copied(cls)), Frozen(copied(cls))


@record
class Point:
    """A record that pickle finds by its name."""

    x: int
    y: int = 0


@pytest.mark.parametrize(
    "values", [{"name": "a"}, {"name": "a", "size": 2, "tags": ["x"], "note": "n", "body": b"secret"}]
)
def test_a_record_holds_and_shows_what_a_dataclass_does(values: dict[str, object]) -> None:
    """Logs and errors show records, and a field that is not shown holds what must stay out of them."""
    ours, theirs = (made(**values) for made in both(Plain))

    assert asdict(ours) == asdict(theirs)
    assert repr(ours) == repr(theirs)
    assert not hasattr(ours, "__dict__")


def test_each_record_has_a_list_of_its_own() -> None:
    """A default that is shared would carry one request's values into the next."""
    made, _ = both(Plain)

    assert made(name="a").tags is not made(name="a").tags


def test_records_are_equal_by_the_fields_that_are_compared() -> None:
    """A record answers as a dataclass does, and knows no other class."""
    made, other = both(Plain)

    for _ in range(2):
        assert made(name="a") == made(name="a", note="another")
        assert made(name="a") != made(name="b")
        assert made(name="a") != other(name="a")


def test_a_record_hashes_as_a_dataclass() -> None:
    """Caches are keyed by records: two that are equal must find the same entry."""
    ours, theirs = (Point(x=1, y=2) for _ in range(2)), Frozen(copied(Plain))

    assert len(set(ours)) == 1
    assert hash(Point(x=1, y=2)) == hash((1, 2))
    with pytest.raises(TypeError, match="unhashable"):
        hash(theirs(name="a"))
    with pytest.raises(TypeError, match="unhashable"):
        hash(both(Plain)[0](name="a"))


def test_a_record_is_frozen() -> None:
    """What was checked when the configuration was read must stay as it was checked."""
    point = Point(x=1)

    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2  # type: ignore[misc]  # this is what is refused
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    with pytest.raises(FrozenInstanceError):
        point.z = 3  # type: ignore[attr-defined]  # as above
    assert point == Point(x=1)


@pytest.mark.parametrize("values", [{}, {"y": 1}, {"x": 1, "z": 2}])
def test_a_record_takes_its_fields_by_name_and_no_others(values: dict[str, int]) -> None:
    """A field that was misspelt or left out is an error where the record is made."""
    with pytest.raises(TypeError, match=r"Point\.__init__\(\)"):
        Point(**values)
    with pytest.raises(TypeError, match="positional"):
        Point(1, 2)  # type: ignore[call-arg]  # as above


def test_a_field_may_be_computed_from_others() -> None:
    """``__post_init__`` runs as in a dataclass, also when a record is replaced."""
    made, _ = both(Prepared)

    assert made(name="a").upper == "A"
    assert replace(made(name="a"), name="b").upper == "B"


def test_methods_of_the_class_itself_stay() -> None:
    """A secret keeps its value out of ``repr``."""
    made, _ = both(Quiet)

    assert repr(made(value="secret")) == "Quiet()"


def test_a_record_can_be_pickled() -> None:
    """Records pass between processes, as dataclasses do."""
    assert pickle.loads(pickle.dumps(Point(x=1, y=2))) == Point(x=1, y=2)  # noqa: S301 -- bytes of this test's own


def test_a_record_may_extend_a_record() -> None:
    """Fields of both are set, shown and compared."""

    @record
    class Deep(Point):
        z: int

    assert repr(Deep(x=1, z=3)).endswith("Deep(x=1, y=0, z=3)")
    assert Deep(x=1, z=3) == Deep(x=1, z=3)
    assert Deep(x=1, z=3) != Deep(x=2, z=3)
