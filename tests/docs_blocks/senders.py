"""The APIs of senders, for a page whose commands ask them: each process that a terminal starts finds them on this machine."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from sender_host import Replied, sender_host
from sent_events import ago, github_delivery, stripe_event, stripe_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sender_host import Asked

__all__ = ["senders"]

_ELSEWHERE = """
import ssl
from hookline.adapters.local import https, sender_api
https._context = lambda: ssl.create_default_context(cafile={certificate!r})
sender_api._HOSTS = dict.fromkeys(sender_api._HOSTS, "localhost:{port}")
"""
"""Python runs this in each process before anything else: the hosts' names are written in hookline."""


@contextmanager
def senders(folder: Path) -> Iterator[dict[str, str]]:
    """Serve what Stripe and GitHub have sent an hour ago. Yields the variables of a terminal that asks them."""
    (folder / "elsewhere").mkdir()
    stripe = stripe_page([stripe_event(1, ago(hours=1)), stripe_event(2, ago(hours=1))])
    deliveries = [github_delivery(9, "0b989ba4-242f-11e5-81e1-c7b6966d2516", ago(hours=1))]

    def answer(asked: Asked) -> Replied:
        if "/hooks/42/" not in asked.path:
            return stripe(asked)
        return Replied(status=202) if asked.method == "POST" else Replied(body=json.dumps(deliveries).encode())

    with pytest.MonkeyPatch.context() as patch, sender_host(folder, patch) as host:
        host.answer = answer
        (folder / "elsewhere" / "sitecustomize.py").write_text(
            _ELSEWHERE.format(certificate=str(folder / "sender.pem"), port=host.port)
        )
        yield {
            "PYTHONPATH": str(folder / "elsewhere"),
            "STRIPE_API_KEY": "sk_test_1",
            "GITHUB_TOKEN": "ghp_1",
        }
