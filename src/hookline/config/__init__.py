"""hookline.toml as one frozen value: checked when it is loaded, and every complaint reported at once."""

from hookline.config.keys import KEYS
from hookline.config.loading import load, parse
from hookline.config.model import Config, ServerSettings

__all__ = ["KEYS", "Config", "ServerSettings", "load", "parse"]
