"""hookline receives webhooks, proves who sent them, keeps every one it acknowledged, and queues each where it belongs."""

__version__ = "0.1.0"
__all__ = ["__version__"]
