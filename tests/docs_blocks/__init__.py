"""The blocks of code in the tutorial and the how-to guides: each is run by a test, or a table says why it cannot be."""
