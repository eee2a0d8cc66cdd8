"""The verbs. What they need of the world is handed in as ports: no module here opens, waits or reads a clock."""
