"""What hookline needs from storage, queues and other services: protocols with a few methods each."""
