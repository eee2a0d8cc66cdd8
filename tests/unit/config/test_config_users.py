"""``[[users]]``, ``[oidc]`` and where they may be used: what is taken, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.access import Right, Role
from hookline.errors import ConfigError

BASE = '[sources.a]\nverify = { scheme = "standard-webhooks", secrets = ["A_SECRET"] }\n[queues.payments]\n'
HASH = "$scrypt$ln=15,r=8,p=3$ZXhhbXBsZXNhbHQxMjM0NQ$dGhpcyBpcyBhbiBleGFtcGxlIGhhc2gsIG9mIG5vdGg"
USER = f'[[users]]\nname = "alice"\npassword_hash = "{HASH}"\nrole = "operator"\n'
URL = '[server]\nadmin_url = "https://hookline.example.com/"\n'
OIDC = '[oidc]\nissuer = "https://login.example.com/"\nclient_id = "hookline"\noperators = ["on-call"]\n'


def complaints(text: str) -> list[str]:
    """Everything that is wrong with a text."""
    with pytest.raises(ConfigError) as caught:
        parse(BASE + text, base=Path())
    return [str(complaint) for complaint in caught.value.complaints]


def test_a_user_is_read() -> None:
    """Name, hash and role; the principal says what the role may do."""
    (user,) = parse(BASE + USER, base=Path()).users

    assert (user.name, user.password_hash, user.role) == ("alice", HASH, Role.OPERATOR)
    assert user.principal.actor == "user:alice"
    assert user.principal.rights == frozenset(Right)


def test_a_viewer_may_only_look() -> None:
    """Consuming a message hides it from its consumer."""
    (user,) = parse(BASE + USER.replace("operator", "viewer"), base=Path()).users

    assert [right for right in Right if user.principal.may(right)] == [Right.VIEW]


@pytest.mark.parametrize(
    ("before", "after", "where", "why"),
    [
        ('name = "alice"', "", "users[0].name (line 4)", "write the name"),
        ('name = "alice"', 'name = "al ice"', "users[0].name (line 5)", "must be 1 to 64"),
        ('name = "alice"', "name = 7", "users[0].name (line 5)", "must be 1 to 64"),
        (f'password_hash = "{HASH}"', "", "users[0].password_hash (line 4)", "hookline users add"),
        (HASH, "correct horse battery", "users[0].password_hash (line 6)", "hookline users add"),
        ("ln=15", "ln=9", "users[0].password_hash (line 6)", "scrypt parameters"),
        ('"operator"', '"admin"', "users[0].role (line 7)", "must be one of viewer, operator"),
        ('role = "operator"', "", "users[0].role (line 4)", 'role = "viewer"'),
        ("name =", "nam =", "users[0].nam (line 5)", "unknown key"),
    ],
)
def test_a_user_that_cannot_log_in_is_refused_with_its_line(before: str, after: str, where: str, why: str) -> None:
    """A password that was written instead of its hash is not repeated."""
    found = complaints(USER.replace(before, after))

    assert [one for one in found if one.startswith(where) and why in one], found
    assert not [one for one in found if "correct horse" in one]


def test_two_users_of_one_name_are_refused() -> None:
    """The login ignores capitals, so two names that differ only by them are one."""
    assert "another [[users]]" in complaints(USER + USER.replace("alice", "Alice"))[0]


def test_users_need_a_list_of_tables() -> None:
    """Each mistake in TOML's brackets is explained."""
    assert "write [[users]] above each" in complaints(USER.replace("[[users]]", "[users]"))[0]


def test_the_provider_is_read() -> None:
    """It has its defaults, and the redirect URL is below the configured one."""
    oidc = parse(BASE + URL + OIDC, base=Path()).oidc

    assert oidc is not None
    assert oidc.redirect_url == "https://hookline.example.com/login/callback"
    assert (oidc.issuer, oidc.label, oidc.scopes) == (
        "https://login.example.com/",
        "login.example.com",
        ("openid", "profile", "email"),
    )
    assert (oidc.role_claim, oidc.name_claim, oidc.secret_name) == (("groups",), ("email",), None)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("https://login", "http://login", "scheme https"),
        ("login.example.com/", "login.example.com/?x=1", "without query"),
        ('issuer = "https://login.example.com/"', "", "write the provider's URL"),
        ('client_id = "hookline"', "", "write the id"),
        ('operators = ["on-call"]', "", "write who may log in"),
        ('operators = ["on-call"]', "operators = []", "at least one"),
        ("[oidc]", '[oidc]\nclient_secret = "3f9a1c7e5b2d8046aa17"', "looks like a secret itself"),
        ("[oidc]", '[oidc]\nscopes = ["open id"]', "must be a scope"),
        ("[oidc]", '[oidc]\nrole_claim = "a..b"', "steps with dots"),
        ("admin_url", "admin_names = []\n#", "needs admin_url"),
        ("https://hookline", "http://hookline", "must begin with https://"),
        ('example.com/"\n[oidc]', 'example.com/room"\n[oidc]', "without a path"),
    ],
)
def test_a_provider_that_cannot_work_is_refused(before: str, after: str, why: str) -> None:
    """The error comes at the start, and not at the first login."""
    assert any(why in one for one in complaints((URL + OIDC).replace(before, after)))


def test_the_secret_of_the_client_is_the_embedded_homes_only() -> None:
    """The functions on AWS do not use it, and it has to be there when a server starts."""
    config = parse(BASE + URL + OIDC + 'client_secret = "OIDC_SECRET"\n', base=Path())

    assert config.secret_names == ("A_SECRET",)
    assert config.local_secret_names == ("A_SECRET", "OIDC_SECRET")
    assert [str(one) for one in config.access_complaints({})] == [
        "oidc.client_secret: the secret OIDC_SECRET is missing"
    ]


def test_roles_come_from_a_list_or_a_text() -> None:
    """Providers differ: Keycloak nests a list, others send one text."""
    text = URL + OIDC + 'viewers = ["staff"]\nrole_claim = "realm.roles"\n'
    oidc = parse(BASE + text, base=Path()).oidc
    assert oidc is not None

    roles = [
        oidc.role_of({"realm": {"roles": value}})
        for value in (["staff", "on-call"], ["staff"], "staff", "x on-call", ["x"], 7, None, [["on-call"]])
    ]

    assert roles == [Role.OPERATOR, Role.VIEWER, Role.VIEWER, Role.OPERATOR, None, None, None, None]


def test_an_email_that_is_not_verified_names_nobody() -> None:
    """Anyone could claim the address of the head of payments at some providers."""
    oidc = parse(BASE + URL + OIDC, base=Path()).oidc
    assert oidc is not None

    assert oidc.name_of({"sub": "u1", "email": "a@example.com"}) == "a@example.com"
    assert oidc.name_of({"sub": "u1", "email": "a@example.com", "email_verified": False}) == "u1"
    assert oidc.name_of({"sub": "u1", "email": "a\n@example.com"}) == "u1"
    assert oidc.name_of({"sub": "u1", "email": ["a@example.com"]}) == "u1"


@pytest.mark.parametrize("people", [USER, OIDC])
def test_people_log_in_over_tls_from_other_machines(people: str) -> None:
    """On an unencrypted connection the network reads the password, and a session too."""
    server = '[server]\nadmin_host = "0.0.0.0"\n'
    if people == USER:
        assert "without TLS" in complaints(server + people)[0]
    assert parse(BASE + server + 'admin_url = "https://hookline.example.com"\n' + people, base=Path()).server.admin_url
    assert parse(BASE + server + 'admin_url = "http://localhost:8081"\n' + people, base=Path()).server.admin_url


def test_a_user_lets_the_port_be_opened_with_a_certificate() -> None:
    """No access key is needed for that."""
    tls = '[server]\nadmin_host = "0.0.0.0"\nadmin_tls_certificate = "a"\nadmin_tls_key = "b"\n'

    assert parse(BASE + tls + USER, base=Path()).users
