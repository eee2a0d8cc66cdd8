"""The handlers that Lambda calls: one module for each function, which has only its handler."""
