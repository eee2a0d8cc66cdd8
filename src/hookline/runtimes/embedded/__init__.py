"""The embedded home: hookline in one process with HTTP servers and a SQLite database."""
