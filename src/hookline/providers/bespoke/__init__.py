"""Senders that sign in a way of their own: a module for each, called as the sender is, with ``_`` for ``-``."""
