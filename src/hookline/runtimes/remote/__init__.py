"""Runs commands over the API of a control room (``--url``): ``looks`` shows data, ``acts`` does actions."""

__all__: list[str] = []
