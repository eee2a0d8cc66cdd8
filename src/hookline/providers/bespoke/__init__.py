"""Senders that need their own code: one module for each, with the sender's name and ``_`` for ``-``."""
