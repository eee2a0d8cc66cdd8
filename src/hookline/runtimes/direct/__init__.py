"""Commands on a data directory, or on an environment on AWS: what they show, and what they do there."""

__all__: list[str] = []
