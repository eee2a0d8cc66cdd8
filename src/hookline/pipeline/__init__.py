"""The verbs of hookline. They get everything from outside through ports: no module here opens a file, waits or reads a clock."""
