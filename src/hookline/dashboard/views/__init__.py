"""The views: one module for each subject, with the documents that pages and the API show.

A view is a function of a ``ControlRoom`` and parameters that returns a document: dictionaries, lists, texts and numbers that go into JSON
directly. Pages and API use the same documents, so that both show the same. A view runs on a thread of the worker and may wait
for the storage. The schema of its document is in the same module (``dashboard/schema.py``); a test compares them.
"""

__all__: list[str] = []
