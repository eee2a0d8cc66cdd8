"""Password hashes: what fits, what is refused, and that no part of a password is shown."""

from __future__ import annotations

import pytest

from hookline.domain.password_hash import PasswordHash, password_complaint

PASSWORD = "seven quiet otters"
HASH = PasswordHash.of(PASSWORD, b"0123456789abcdef", ln=14, r=1, p=1)


def test_a_password_fits_its_own_hash_and_no_other_does() -> None:
    """A blank or a capital makes another password."""
    read = PasswordHash.parse(str(HASH))

    assert read == HASH
    assert read.fits(PASSWORD)
    assert [wrong for wrong in ("", f"{PASSWORD} ", PASSWORD.title(), f"\ud800{PASSWORD}") if read.fits(wrong)] == []


def test_the_same_letters_from_another_keyboard_fit() -> None:
    """One system sends é as one character, another as two (NIST SP 800-63B asks for one form)."""
    composed = PasswordHash.of("caf\u00e9 au lait 5", b"0123456789abcdef", ln=14, r=1, p=1)

    assert composed.fits("cafe\u0301 au lait 5")


def test_a_new_hash_costs_what_owasp_asks_for() -> None:
    """32 MiB and three passes: a stolen file must not be cheap to guess from."""
    new = PasswordHash.of(PASSWORD, b"0123456789abcdef")

    assert str(new).startswith("$scrypt$ln=15,r=8,p=3$")
    assert new.fits(PASSWORD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PASSWORD,
        str(HASH)[:-1],
        str(HASH) + "\n",
        str(HASH).replace("ln=14", "ln=13"),
        str(HASH).replace("ln=14", "ln=19"),
        str(HASH).replace("r=1", "r=0"),
        str(HASH).replace("p=1", "p=99"),
        str(HASH).replace("ln=14,r=1,", "ln=18,r=16,"),
        str(HASH).replace("scrypt", "bcrypt"),
        "$scrypt$ln=15,r=8,p=3$" + "A" * 25 + "$" + "A" * 43,
    ],
)
def test_what_is_no_usable_hash_is_refused(text: str) -> None:
    """A hash of gigabytes would stop the server at the first login, and a cheap one protects nobody."""
    with pytest.raises(ValueError, match=r"is not|has|would"):
        PasswordHash.parse(text)


def test_no_part_of_a_hash_is_shown() -> None:
    """A record is printed by a debugger, or in a traceback."""
    assert repr(HASH) == "PasswordHash(ln=14, r=1, p=1)"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "12 to 256"),
        ("x" * 257, "12 to 256"),
        ("tab\tin it is no good", "control"),
        ("abababababab", "easy to guess"),
        ("ALICE-in-wonderland", "easy to guess"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_not_taken(password: str, why: str) -> None:
    """Anyone who can reach the page can guess."""
    complaint = password_complaint(password, name="alice")

    assert complaint is not None
    assert why in complaint
    assert password not in complaint


def test_a_long_phrase_is_taken() -> None:
    """Length counts; no mix of kinds of characters is asked for."""
    assert password_complaint(PASSWORD, name="alice") is None
