"""hookline.toml as one frozen value: it is checked when it is loaded, and all complaints are reported together."""

from hookline.config.keys import KEYS
from hookline.config.loading import load, parse
from hookline.config.model import Config, ServerSettings

__all__ = ["KEYS", "Config", "ServerSettings", "load", "parse"]
