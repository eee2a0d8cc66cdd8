"""How fast hookline is, measured against a bare server and against the receiver that people write by hand: ``python -m bench``."""
