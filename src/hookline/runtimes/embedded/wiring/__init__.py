"""Opens the adapters of the embedded home: ``serving`` for the server, ``home`` for commands. No other code opens them."""
