"""Commands over the API of a control room: ``--url``."""

__all__: list[str] = []
