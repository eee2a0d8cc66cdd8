"""What hookline needs of the world, in its own words: Protocols of a few methods each."""
