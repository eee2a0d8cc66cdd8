"""The alert rules and the dashboard in ``contrib/``, as their programs read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

__all__ = ["CONTRIB", "alerts", "dashboard", "panels"]

CONTRIB = Path(__file__).parents[1] / "contrib"

Document = dict[str, Any]  # YAML and JSON of other programs


def alerts() -> list[Document]:
    """Every rule, in the order of the file."""
    document = yaml.safe_load((CONTRIB / "prometheus" / "alerts.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> Document:
    """The dashboard of Grafana."""
    found: Document = json.loads((CONTRIB / "grafana" / "hookline.json").read_text())
    return found


def panels() -> list[Document]:
    """Its panels with queries."""
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]
