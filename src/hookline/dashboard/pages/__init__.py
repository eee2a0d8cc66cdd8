"""The control room's pages: templates, static files, and the table of pages."""

__all__: list[str] = []
