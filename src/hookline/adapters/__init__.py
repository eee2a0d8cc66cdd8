"""Other people's software, behind our ports: each backend has the same file names as ``hookline.ports``."""
