"""The control room: pages and a JSON API over the same documents, for both homes. Nothing here is imported before it is asked for."""

__all__: list[str] = []
