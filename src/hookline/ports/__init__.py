"""What hookline needs from storage, queues and other services: Protocols of a few methods each."""
