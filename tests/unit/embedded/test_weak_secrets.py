"""Secrets that others know: refused where others can reach the server, and reported everywhere else."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from hookline.config import load, parse
from hookline.config.model import ServerSettings
from hookline.config.secret_values import is_published
from hookline.errors import ConfigError
from hookline.runtimes.embedded.settings import read_env_file
from hookline.runtimes.embedded.weak_secrets import exposed_hosts, refuse_weak_secrets, weak_secrets

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples").glob("*/.env.example"))
PUBLISHED = b"whsec_RVhBTVBMRS1vbmx5LW5ldmVyLWluLXByb2R1Y3Rpb24h"
OWN = b"whsec_" + base64.b64encode(b"nobody else has ever seen this k")
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- nothing is bound
CONFIG = parse(
    '[sources.shop]\nverify = { scheme = "standard-webhooks", secrets = ["SHOP"] }\n[queues.q]\n', base=Path()
)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.parent.name)
def test_every_secret_of_the_examples_is_known_as_published(file: Path) -> None:
    """A server must not accept a secret of a new example without a warning."""
    config, values = load(file.with_name("hookline.toml")), read_env_file(file)

    assert [name for name in config.secret_names if not is_published(values[name].encode())] == []


def test_every_secret_that_the_pages_show_is_known_as_published() -> None:
    """People copy what the pages show."""
    pages = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]
    shown = {found for page in pages for found in re.findall(r"whsec_[A-Za-z0-9+/]{20,}=*", page.read_text())}

    assert [secret for secret in shown if not is_published(secret.encode())] == []


@pytest.mark.parametrize(
    "value",
    [
        PUBLISHED,
        PUBLISHED.removeprefix(b"whsec_"),
        b"v1," + PUBLISHED,
        PUBLISHED + b"\n",
        b"0123456789abcdef0123456789abcdef",
    ],
)
def test_a_published_secret_is_known_in_every_spelling(value: bytes) -> None:
    """A secret means the same key with and without its prefix."""
    assert is_published(value)


@pytest.mark.parametrize("value", [b"", OWN, b"whsec_", PUBLISHED[:-1] + b"X"])
def test_another_secret_is_not(value: bytes) -> None:
    """A server must not refuse a good secret."""
    assert not is_published(value)


@pytest.mark.parametrize(
    ("host", "exposed"),
    [
        ("127.0.0.1", False), ("127.8.9.1", False), ("::1", False), ("localhost", False), ("::ffff:127.0.0.1", False),
        (EVERYWHERE, True), ("::", True), ("192.0.2.1", True), ("10.0.0.5", True), ("hooks.example.com", True),
        ("::ffff:192.0.2.1", True),
    ],
)  # fmt: skip
def test_where_others_can_reach_the_server(host: str, exposed: bool) -> None:  # noqa: FBT001 -- pytest's shape
    """Only this machine can reach loopback; a name may mean any address."""
    assert exposed_hosts(ServerSettings(host=host)) == (["host"] if exposed else [])


def test_an_exposed_server_refuses_a_published_secret_and_an_open_file(tmp_path: Path) -> None:
    """Anyone could sign as the sender, so the server does not start."""
    file = tmp_path / ".env"
    file.write_text("SHOP=x\n")
    file.chmod(0o644)

    with pytest.raises(ConfigError) as refused:
        refuse_weak_secrets(ServerSettings(host=EVERYWHERE), CONFIG, {"SHOP": PUBLISHED}, file)

    shown = str(refused.value)
    assert "sources.shop.verify.secrets: the secret SHOP is a published example" in shown
    assert f"{file}: every user of this machine can read" in shown
    assert "host under [server]" in shown
    assert PUBLISHED.decode() not in shown


@pytest.mark.parametrize(
    ("mode", "weak"), [(0o600, False), (0o400, False), (0o640, False), (0o644, True), (0o604, True)]
)
def test_only_the_owner_and_its_group_may_read_the_file(tmp_path: Path, mode: int, weak: bool) -> None:  # noqa: FBT001 -- as above
    """A group was chosen by somebody; everybody was not."""
    file = tmp_path / ".env"
    file.write_text("SHOP=x\n")
    file.chmod(mode)

    assert bool(weak_secrets(CONFIG, {"SHOP": OWN}, file)) == weak


def test_loopback_only_warns() -> None:
    """A demonstration needs no secret of its own."""
    (warning,) = refuse_weak_secrets(ServerSettings(), CONFIG, {"SHOP": PUBLISHED}, None)

    assert "SHOP" in warning.why
    assert refuse_weak_secrets(ServerSettings(host=EVERYWHERE), CONFIG, {"SHOP": OWN}, None) == []


def test_a_published_secret_of_an_access_key_and_an_open_key_file_are_known(tmp_path: Path) -> None:
    """AWS's own example is copied more than any other, and the key of a certificate is a secret too."""
    key = tmp_path / "admin.key"
    key.write_text("a key")
    key.chmod(0o644)
    config = parse(
        '[sources.shop]\nverify = { scheme = "standard-webhooks", secrets = ["SHOP"] }\n[queues.q]\n'
        '[server]\nadmin_tls_certificate = "admin.crt"\nadmin_tls_key = "admin.key"\n'
        '[[access]]\nid = "key"\nsecret = "KEY_SECRET"\nrights = ["view"]\nqueues = ["*"]\n',
        base=tmp_path,
    )
    secrets = {"SHOP": OWN, "KEY_SECRET": b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}

    weak = weak_secrets(config, secrets, None)

    assert [one.where for one in weak] == ["access.key.secret", str(key)]
    assert f"chmod 600 {key}" in weak[1].why
    assert "wJalr" not in str(weak)
    key.chmod(0o600)
    assert weak_secrets(config, secrets | {"KEY_SECRET": b"nobody-else-has-it"}, None) == []
