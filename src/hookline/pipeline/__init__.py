"""The verbs of hookline. They reach everything outside through ports: no module here opens a file, waits or reads a clock."""
