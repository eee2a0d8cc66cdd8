"""Opens the adapters of the embedded home: ``serving`` for the server, ``home`` for commands beside it. Nothing else does."""
