"""Commands over the API of a control room (``--url``): what they show, and what they do there."""

__all__: list[str] = []
