"""What pages and the API show: one module for each subject.

A view is a function of a ``ControlRoom`` and parameters that returns a document: dictionaries, lists, texts and numbers that go into JSON
as they are. Pages and API are made of the same documents, so that both say the same. A view runs on a thread of the worker and may wait
for the storage. Beside it stands the schema of its document (``dashboard/schema.py``); a test holds them together.
"""

__all__: list[str] = []
