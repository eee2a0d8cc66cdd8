"""The schemes that belong to no one sender. Their options are those that hookline.toml has, and the entries of the catalogue too."""
