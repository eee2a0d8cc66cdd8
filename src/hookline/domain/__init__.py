"""The nouns of hookline: frozen records that all other parts use."""
