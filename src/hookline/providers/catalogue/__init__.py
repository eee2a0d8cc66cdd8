"""One small file for each sender, called as the sender is, with ``_`` for ``-``: a file that is here is in the catalogue."""
