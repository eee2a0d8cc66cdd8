"""``[[access]]`` and how the admin port listens: what is taken, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.config.server import is_loopback
from hookline.domain.access import ANYONE, AccessKey, Right
from hookline.errors import ConfigError
from hookline.runtimes.embedded.config_changes import changes

BASE = '[sources.a]\nverify = { scheme = "standard-webhooks", secrets = ["A_SECRET"] }\n[queues.payments]\n'
KEY = '[[access]]\nid = "shop"\nsecret = "SHOP_SECRET"\nrights = ["consume"]\nqueues = ["payments"]\n'


def complaints(text: str) -> list[str]:
    """Everything that is wrong with a text."""
    with pytest.raises(ConfigError) as caught:
        parse(BASE + text, base=Path())
    return [str(complaint) for complaint in caught.value.complaints]


def test_a_key_is_read() -> None:
    """Id, name of the secret, rights and queues."""
    config = parse(BASE + KEY, base=Path())

    assert config.access == (
        AccessKey(
            id="shop", secret_name="SHOP_SECRET", rights=frozenset({Right.CONSUME}), queues=frozenset({"payments"})
        ),
    )


def test_the_functions_on_aws_get_no_access_key() -> None:
    """Least privilege: the validator must not read a secret that it does not use."""
    config = parse(BASE + KEY, base=Path())

    assert config.secret_names == ("A_SECRET",)
    assert config.local_secret_names == ("A_SECRET", "SHOP_SECRET")


@pytest.mark.parametrize("queues", ['["payments-dlq"]', '["unrouted", "unrouted-dlq"]', '["*"]'])
def test_dead_letter_queues_and_every_queue_can_be_named(queues: str) -> None:
    """A consumer of dead letters names their queue."""
    assert parse(BASE + KEY.replace('["payments"]', queues), base=Path()).access


@pytest.mark.parametrize(
    ("before", "after", "where", "why"),
    [
        ('queues = ["payments"]', 'queues = ["payment"]', "access[0].queues[0] (line 8)", "the nearest is 'payments'"),
        ('queues = ["payments"]', "queues = []", "access[0].queues (line 8)", "at least one"),
        ('queues = ["payments"]', "", "access[0].queues (line 4)", 'queues = ["*"]'),
        ('rights = ["consume"]', 'rights = ["consum"]', "access[0].rights[0] (line 7)", "the nearest is 'consume'"),
        ('rights = ["consume"]', 'rights = "consume"', "access[0].rights (line 7)", "must be a list"),
        ('rights = ["consume"]', "rights = [1]", "access[0].rights[0] (line 7)", "there is no right 1"),
        ('rights = ["consume"]', "", "access[0].rights (line 4)", "write what the key may do"),
        ('id = "shop"', 'id = "a/b/c"', "access[0].id (line 5)", "3 to 128 characters"),
        ('id = "shop"', 'id = "ab"', "access[0].id (line 5)", "3 to 128 characters"),
        ('id = "shop"', "id = 12", "access[0].id (line 5)", "3 to 128 characters"),
        ('id = "shop"', "", "access[0].id (line 4)", "name the key"),
        ('"SHOP_SECRET"', '"9f86d081884c7d659a2feaa0c55ad015"', "access[0].secret (line 6)", "looks like a secret"),
        ('secret = "SHOP_SECRET"', "", "access[0].secret (line 4)", "name the variable"),
        ('secret = "SHOP_SECRET"', 'secrets = ["SHOP"]', "access[0].secrets (line 6)", "nearest known one is 'secret'"),
    ],
)
def test_a_mistake_is_reported_with_its_key_and_line(before: str, after: str, where: str, why: str) -> None:
    """A key that allows too much, or nothing, must not be noticed later."""
    found = [one for one in complaints(KEY.replace(before, after)) if one.startswith(f"{where}: ")]

    assert found
    assert why in found[0]
    assert "9f86d081" not in found[0]


def test_two_keys_of_one_id_are_refused() -> None:
    """A record of who did what must not be able to mean two."""
    assert "another [[access]] already has the id shop" in "\n".join(complaints(KEY + KEY))


def test_access_must_be_a_list_of_tables() -> None:
    """A user easily forgets one pair of brackets."""
    assert "write [[access]]" in complaints(KEY.replace("[[access]]", "[access]"))[0]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "192.0.2.1", "queues.example.com"])  # noqa: S104 -- nothing is bound
def test_an_address_that_others_reach_needs_a_key(host: str) -> None:
    """Anyone in the network could read and delete payments."""
    listening = f'[server]\nadmin_host = "{host}"\n'

    (complaint,) = complaints(listening)
    assert complaint.startswith("server.admin_host (line 5): ")
    assert "[[access]]" in complaint
    assert parse(BASE + listening + KEY, base=Path()).server.admin_host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.8.7", "::1", "localhost", "::ffff:127.0.0.1"])
def test_loopback_needs_none(host: str) -> None:
    """Trying things out needs no login."""
    assert parse(f'{BASE}[server]\nadmin_host = "{host}"\n', base=Path()).server.admin_host == host


@pytest.mark.parametrize("host", ["", "localhost.example.com", "127.0.0.1.example.com", "1270.0.0.1", "::2"])
def test_what_only_looks_like_loopback_is_none(host: str) -> None:
    """An empty address listens everywhere; a name may be anything."""
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('admin_socket = "a.sock"\nadmin_port = 1\n', "server.admin_port"),
        ('admin_socket = "a.sock"\nadmin_host = "::1"\n', "server.admin_host"),
        ('admin_socket = "a.sock"\nadmin_tls_key = "k"\nadmin_tls_certificate = "c"\n', "server.admin_tls_key"),
        ('admin_socket_mode = "0600"\n', "server.admin_socket_mode"),
        ('admin_socket = "a.sock"\nadmin_socket_mode = "600x"\n', "server.admin_socket_mode"),
        ('admin_socket = "a.sock"\nadmin_socket_mode = 600\n', "server.admin_socket_mode"),
        (f'admin_socket = "{"a" * 101}"\n', "server.admin_socket"),
        ('admin_tls_certificate = "c"\n', "server.admin_tls_certificate"),
        ('admin_tls_key = "k"\n', "server.admin_tls_key"),
        ('admin_names = ["http://a.b"]\n', "server.admin_names"),
        ('admin_names = "a.b"\n', "server.admin_names"),
        ('admin_names = ["a.b:8081"]\n', "server.admin_names"),
    ],
)
def test_settings_that_exclude_or_need_each_other(text: str, where: str) -> None:
    """A setting without effect would break its promise."""
    assert where in [one.partition(" ")[0] for one in complaints(f"[server]\n{text}")]


def test_how_the_admin_port_listens_is_read() -> None:
    """Names without regard to case, files next to hookline.toml."""
    server = parse(
        f'{BASE}[server]\nadmin_names = ["Queues.Test", "[FD00::1]"]\nadmin_tls_certificate = "tls/a.crt"\nadmin_tls_key = "/etc/a.key"\n',
        base=Path("/project"),
    ).server

    assert server.admin_names == ("queues.test", "[fd00::1]")
    assert (server.admin_tls_certificate, server.admin_tls_key) == ("/project/tls/a.crt", "/etc/a.key")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "is missing"),
        (b"", "is missing"),
        (b"fifteen bytes..", "contains a space"),
        (b"fifteen-bytes..", "has 15 bytes"),
        (b"sixteen-bytes...\n", "contains a space"),
        ("sixteen-bytes-ü".encode(), "not ASCII"),
    ],
)
def test_a_secret_that_cannot_be_used_is_reported_without_its_value(value: bytes | None, why: str) -> None:
    """A short one can be guessed, and one with a blank is sent as another."""
    config = parse(BASE + KEY, base=Path())
    (complaint,) = config.access_complaints({} if value is None else {"SHOP_SECRET": value})

    assert complaint.where == "access.shop.secret"
    assert why in complaint.why
    assert config.access_complaints({"SHOP_SECRET": b"sixteen-bytes..."}) == ()


def test_rights_are_what_they_say() -> None:
    """Consuming and operating include a look at the queue; operating does not include consuming."""
    config = parse(BASE + KEY, base=Path())
    consumer = config.access[0].principal
    operator = AccessKey(
        id="ops", secret_name="S", rights=frozenset({Right.OPERATE}), queues=frozenset({"*"})
    ).principal

    assert [consumer.may(right) for right in Right] == [True, True, False]
    assert [operator.may(right) for right in Right] == [True, False, True]
    assert [ANYONE.may(right) for right in Right] == [True, True, True]
    assert (consumer.reaches("payments"), consumer.reaches("payments-dlq"), operator.reaches("any")) == (
        True,
        False,
        True,
    )
    assert (str(consumer), str(ANYONE)) == ("shop", "anyone")


def test_a_reload_says_which_keys_changed() -> None:
    """By id, so that the log shows what an operator did."""
    none, one = parse(BASE, base=Path()), parse(BASE + KEY, base=Path())
    more = parse(BASE + KEY.replace('["consume"]', '["consume", "operate"]'), base=Path())

    assert changes(none, one) == {"access_added": ["shop"]}
    assert changes(one, none) == {"access_removed": ["shop"]}
    assert changes(one, more) == {"access_changed": ["shop"]}
