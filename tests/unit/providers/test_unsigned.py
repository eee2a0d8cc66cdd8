"""``none`` proves nothing, and says so."""

from __future__ import annotations

from hookline.domain.source import Verified
from hookline.providers.general.none import PROVIDER
from unit.builders import NOW, request, secret

SCHEME = PROVIDER.build({})


def test_anything_comes_through_and_nothing_is_proved() -> None:
    """An event that nobody signed must not be recorded with the name of a secret."""
    assert SCHEME.verify(request(b"\xff"), (secret(b"x"),)) == Verified(secret=None, delivery_id=None)


def test_nothing_is_signed() -> None:
    """The sender of an unsigned source sends its body and no more."""
    assert SCHEME.sign(b"{}", secret=b"", delivery_id="1", at=NOW) == {}


def test_a_secret_would_be_ignored_which_is_said() -> None:
    """An operator who configures one believes that it is checked."""
    assert SCHEME.secret_complaint(b"a secret of good length") == "the scheme none does not use a secret"
    assert not PROVIDER.needs_secret
