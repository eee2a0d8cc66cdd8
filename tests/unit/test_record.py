"""``@record`` compared with the dataclass that it replaces: the same behaviour, created in less time."""

from __future__ import annotations

import pickle
from copy import copy
from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any  # Any: each class is tried as a record and as a dataclass

import pytest

from hookline.domain.event import Event, new_event
from hookline.domain.request import Headers, Request, new_request
from hookline.domain.route import RoutedEvent, new_routed_event
from hookline.domain.source import Verified, new_verified
from hookline.record import maker, record


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
    """A fresh copy of the class: each decorator needs one that no other has changed."""
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
    """A record compares as a dataclass does, and never equals one of another class."""
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
    """Values that were checked when the configuration was read must not change later."""
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
    """For example, a secret's own ``repr`` hides its value."""
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


@pytest.mark.parametrize(
    "values", [{"name": "a"}, {"name": "a", "size": 2, "tags": ["x"], "note": "n", "body": b"secret"}]
)
def test_a_maker_makes_what_the_class_makes(values: dict[str, object]) -> None:
    """An object that each request creates in another way must not differ from what tests and other homes create."""
    for cls in both(Plain):
        made, usual = maker(cls)(**values), cls(**values)
        assert type(made) is cls
        assert made == usual
        assert repr(made) == repr(usual)
        assert made.tags is not maker(cls)(**values).tags or "tags" in values
        assert not hasattr(made, "__dict__")


def test_what_a_maker_made_is_frozen() -> None:
    """The record has its real class before anyone sees it."""
    point = maker(Point)(x=1)

    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 2  # type: ignore[misc]  # this is what is refused
    assert {point, Point(x=1)} == {point}
    assert pickle.loads(pickle.dumps(point)) == copy(point) == replace(point, y=0) == point  # noqa: S301 -- as above


@pytest.mark.parametrize("values", [{}, {"y": 1}, {"x": 1, "z": 2}])
def test_a_maker_takes_the_fields_by_name_and_no_others(values: dict[str, int]) -> None:
    """A field that was misspelt or left out is an error here as well."""
    with pytest.raises(TypeError, match=r"make\(\)"):
        maker(Point)(**values)
    with pytest.raises(TypeError, match="positional"):
        maker(Point)(1, 2)  # type: ignore[call-arg]  # as above


def test_a_record_with_more_to_do_has_no_maker() -> None:
    """A field that is computed from others would be left out without an error."""
    for cls in both(Prepared):
        with pytest.raises(TypeError, match="has a __post_init__"):
            maker(cls)


def test_requests_and_events_are_made_as_by_their_classes() -> None:
    """One of each is made for each webhook, so speed matters."""
    headers, now = Headers.of(host="x"), datetime.now(UTC)
    call = {"method": "POST", "path": "/", "headers": headers, "body": b"{}", "received_at": now}
    event = {
        "id": "s:1",
        "source": "s",
        "type": "t",
        "time": "t",
        "received_at": now,
        "content_type": "c",
        "body": b"{}",
    }
    made: Any = new_event
    assert made(**event, body_sha256=b"") == Event(**event, body_sha256=b"")  # type: ignore[arg-type]  # a table
    assert new_request(**call) == Request(**call)  # type: ignore[arg-type]  # as above
    assert new_verified(secret="S", delivery_id="1") == Verified(secret="S", delivery_id="1")
    routed = {"event": made(**event, body_sha256=b""), "queues": ("a", "b")}
    assert new_routed_event(**routed) == RoutedEvent(**routed)
