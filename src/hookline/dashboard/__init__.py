"""The control room: pages and a JSON API over the same documents, for both homes. It is imported at its first request."""

__all__: list[str] = []
