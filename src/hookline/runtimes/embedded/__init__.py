"""hookline in one process: HTTP in, SQLite underneath, queues out."""
