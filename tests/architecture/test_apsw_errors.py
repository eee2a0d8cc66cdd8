"""Every exception of the SQLite binding has a meaning in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import apsw
import pytest

from hookline.adapters.sqlite.errors import MAY_PASS, is_transient, translated, unavailable
from hookline.error_codes import CODES
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator


def family(parent: type[apsw.Error]) -> Iterator[type[apsw.Error]]:
    """Every class below ``parent``."""
    for child in parent.__subclasses__():
        yield child
        yield from family(child)


OF_APSW = {one for one in vars(apsw).values() if isinstance(one, type) and issubclass(one, apsw.Error)} - {apsw.Error}


OURS = {
    apsw.AbortError,
    apsw.BindingsError,
    apsw.ConnectionClosedError,
    apsw.ConnectionNotClosedError,
    apsw.ConstraintError,
    apsw.CursorClosedError,
    apsw.ExecTraceAbort,
    apsw.ExecutionCompleteError,
    apsw.ExtensionLoadingError,
    apsw.ForkingViolationError,
    apsw.IncompleteExecutionError,
    apsw.InvalidContextError,
    apsw.MismatchError,
    apsw.MisuseError,
    apsw.NoFTS5Error,
    apsw.RangeError,
    apsw.SQLError,
    apsw.ThreadingViolationError,
    apsw.TooBigError,
    apsw.VFSFileClosedError,
    apsw.VFSNotImplementedError,
}
"""Errors that only a mistake in hookline's own code causes: still a 503, because the sender did nothing wrong."""


def test_every_exception_of_the_binding_has_a_meaning() -> None:
    """A new release may bring one that passes on its own, and that would be reported as ours until somebody looks."""
    assert {one.__name__ for one in OURS.union(MAY_PASS)} == {one.__name__ for one in OF_APSW}
    assert {one for one in family(apsw.Error) if one.__module__ == "apsw"} <= OURS.union(MAY_PASS)


@pytest.mark.parametrize("kind", sorted(OF_APSW, key=str), ids=lambda kind: kind.__name__)
def test_each_of_them_is_a_503(kind: type[apsw.Error]) -> None:
    """The sender did nothing wrong: a 4xx would make it give up an event that was never stored."""
    with pytest.raises(UnavailableError) as refused, translated():
        raise kind("its own words")

    assert refused.value.code == ("internal_fault" if kind in OURS else "storage_unavailable")
    assert CODES[refused.value.code].status == 503
    assert "its own words" in refused.value.detail
    assert isinstance(refused.value.__cause__, kind)


def test_an_exception_that_is_not_listed_is_ours() -> None:
    """Until its meaning is known it is a fault to report, and still a 503."""

    class UnheardOfError(apsw.Error):
        pass

    assert unavailable(UnheardOfError("new")).code == "internal_fault"


def test_only_a_lock_leaves_the_connection_good() -> None:
    """After anything else it is opened again."""
    assert {kind for kind in OF_APSW if is_transient(kind("x"))} == {apsw.BusyError, apsw.LockedError}
