"""Keys that few projects write: the functions on AWS carry the modules that read them only where a project has them."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec

import pytest

from hookline.config.rare import rare, rare_modules

SOURCE = '[sources.it]\nverify = { scheme = "none" }\nid = "id"\n'


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        (SOURCE, set()),
        (f'{SOURCE}allow_from = ["192.0.2.1"]\n', {"networks"}),
        (SOURCE.replace(" }", ", allow_from_is_enough = true }"), {"networks"}),
        ('[server]\ntrusted_proxies = ["192.0.2.1"]\n', {"networks"}),
        (f"{SOURCE}answer = 200\n", {"answers"}),
        (f'{SOURCE}handshake = "event-grid"\n', {"written_handshakes"}),
        ('[[forwards]]\nqueue = "a"\n', {"forwards"}),
        ('[[alerts]]\nurl = "a"\n', {"alerts"}),
    ],
)
def test_a_key_needs_its_module(text: str, modules: set[str]) -> None:
    """A function without it could not read its own hookline.toml."""
    assert rare_modules(tomllib.loads(text)) == {f"hookline.config.{name}" for name in modules}


@pytest.mark.parametrize(
    "key", ["alerts", "allow_from", "allow_from_is_enough", "answer", "forwards", "handshake", "trusted_proxies"]
)
def test_each_module_is_there(key: str) -> None:
    """No import statement names it, so nothing else would notice."""
    module = rare(key)

    assert find_spec(module.__name__) is not None
    assert module.__name__.startswith("hookline.config.")
