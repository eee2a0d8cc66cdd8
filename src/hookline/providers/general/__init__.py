"""The general schemes, which belong to no single sender. hookline.toml and the entries of the catalogue use the same options."""
